// A real server of the test's own, and the operator's program to fill it.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const { SMART_CONTACTSD, SMART_CONTACTS_ADMIN, SMART_CONTACTS } = process.env;

export class Server {
  static async start() {
    const server = new Server();
    server.directory = mkdtempSync(join(tmpdir(), 'smart-contacts-interop-'));
    server.process = spawn(
      SMART_CONTACTSD,
      ['serve', '--dev', '--data-directory', server.directory, '--listen', '127.0.0.1:0',
        '--admin-listen', '127.0.0.1:0'],
      { stdio: ['ignore', 'ignore', 'pipe'] });
    server.exited = new Promise((resolve) => { server.process.on('exit', resolve); });
    for await (const line of createInterface({ input: server.process.stderr })) {
      const entry = JSON.parse(line);
      if (entry.message !== 'serving') continue;
      server.address = entry.listen;
      server.adminAddress = entry.admin_listen;
      server.process.stderr.resume();
      return server;
    }
    throw new Error('the server did not come up');
  }

  async stop() {
    this.process.kill('SIGTERM');
    await this.exited;
    rmSync(this.directory, { recursive: true });
  }

  admin(...command) {
    return execFileSync(SMART_CONTACTS_ADMIN, [
      ...command, '--server', this.adminAddress, '--admin-token-file', join(this.directory, 'dev-admin.token'),
      '--output', 'json'], { encoding: 'utf8' });
  }

  token(tenant, aor) {
    return execFileSync(SMART_CONTACTS_ADMIN, [
      'token', 'mint', '--key-file', join(this.directory, 'dev-signing-key.jwk'), '--tenant', tenant, '--aor', aor,
    ], { encoding: 'utf8' }).trim();
  }

  // What the reference client makes of an address book.
  referenceMatches(book, token) {
    const tokenFile = join(this.directory, 'token');
    writeFileSync(tokenFile, token, { mode: 0o600 });
    return JSON.parse(execFileSync(SMART_CONTACTS, [
      'match', book, '--server', this.address, '--plaintext', '--token-file', tokenFile, '--output', 'json',
    ], { encoding: 'utf8' })).matches;
  }
}
