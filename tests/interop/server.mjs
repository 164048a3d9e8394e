// A real server of the test's own, and the operator's program to fill it.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const { SMART_CONTACTSD, SMART_CONTACTS_ADMIN, SMART_CONTACTS } = process.env;

// Runs the server until standard input ends, which it does when the test's process is gone, in whatever way it went.
const UNTIL_INPUT_ENDS = `
  directory=$1; shift
  "$@" & server=$!
  exec 2>&-
  cat
  kill "$server"
  wait "$server"
  rm -rf "$directory"`;

export class Server {
  static async start() {
    const server = new Server();
    server.directory = mkdtempSync(join(tmpdir(), 'smart-contacts-interop-'));
    server.process = spawn(
      'sh',
      ['-c', UNTIL_INPUT_ENDS, 'sh', server.directory, SMART_CONTACTSD, 'serve', '--dev', '--data-directory',
        server.directory, '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'],
      { stdio: ['pipe', 'ignore', 'pipe'], detached: true });
    server.exited = new Promise((resolve) => { server.process.on('exit', resolve); });
    const log = [];
    for await (const line of createInterface({ input: server.process.stderr })) {
      log.push(line);
      if (!line.includes('"serving"')) continue;
      const { listen, admin_listen: adminListen } = JSON.parse(line);
      server.address = listen;
      server.adminAddress = adminListen;
      server.process.stderr.resume();
      return server;
    }
    await server.stop();
    throw new Error(`the server did not come up:\n${log.join('\n')}`);
  }

  async stop() {
    this.process.stdin.end();
    await this.exited;
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
