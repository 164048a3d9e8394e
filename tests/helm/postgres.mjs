// A PostgreSQL of the test's own, with passwords as an operator would have them.

import {execFileSync} from 'node:child_process';
import {chownSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {freePort, startServer} from './processes.mjs';

const {POSTGRES, INITDB, PSQL} = process.env;

export class Postgres {
  static async start() {
    const postgres = new Postgres();
    try {
      await postgres.#start();
    } catch (error) {
      await postgres.stop();
      throw error;
    }
    return postgres;
  }

  async #start() {
    this.directory = mkdtempSync(join(tmpdir(), 'smart-contacts-postgres-'));
    // PostgreSQL does not run as root.
    if (process.getuid() === 0) {
      const id = (flag) => Number(execFileSync('id', [flag, 'postgres']));
      this.as = {uid: id('-u'), gid: id('-g')};
      chownSync(this.directory, this.as.uid, this.as.gid);
    }
    this.port = await freePort();
    const data = join(this.directory, 'data');
    execFileSync(INITDB, ['--pgdata', data, '--username', 'root', '--auth-local', 'trust', '--auth-host', 'scram-sha-256',
      '--encoding', 'UTF8', '--locale', 'C.UTF-8', '--no-sync'], {stdio: 'ignore', ...this.as});
    // SIGINT: it does not wait for those who are connected.
    this.server = startServer([POSTGRES, '-D', data, '-p', this.port, '-c', 'listen_addresses=127.0.0.1',
      '-c', `unix_socket_directories=${this.directory}`, '-c', 'fsync=off'], {signal: 'INT', ...this.as});
    this.server.stderr.resume();
    const limit = Date.now() + 60_000;
    while (!this.#answers()) {
      if (!this.server.running() || Date.now() > limit) throw new Error('PostgreSQL did not come up');
      await sleep(100);
    }
  }

  #answers() {
    try {
      this.sql('SELECT 1');
      return true;
    } catch {
      return false;
    }
  }

  sql(statement, database = 'postgres') {
    return execFileSync(PSQL, ['--host', this.directory, '--port', this.port, '--username', 'root', '--no-psqlrc',
      '--tuples-only', '--no-align', '--command', statement, database], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 60_000, ...this.as});
  }

  async stop() {
    await this.server?.stop();
    rmSync(this.directory, {recursive: true, force: true});
  }
}
