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
    postgres.directory = mkdtempSync(join(tmpdir(), 'smart-contacts-postgres-'));
    // PostgreSQL does not run as root.
    if (process.getuid() === 0) {
      const id = (flag) => Number(execFileSync('id', [flag, 'postgres']));
      postgres.as = {uid: id('-u'), gid: id('-g')};
      chownSync(postgres.directory, postgres.as.uid, postgres.as.gid);
    }
    postgres.port = await freePort();
    const data = join(postgres.directory, 'data');
    execFileSync(INITDB, ['--pgdata', data, '--username', 'root', '--auth-local', 'trust', '--auth-host', 'scram-sha-256',
      '--encoding', 'UTF8', '--locale', 'C.UTF-8', '--no-sync'], {stdio: 'ignore', ...postgres.as});
    // SIGINT: it does not wait for those who are connected.
    postgres.server = startServer([POSTGRES, '-D', data, '-p', postgres.port, '-c', 'listen_addresses=127.0.0.1',
      '-c', `unix_socket_directories=${postgres.directory}`, '-c', 'fsync=off'], {signal: 'INT', ...postgres.as});
    postgres.server.stderr.resume();
    while (!postgres.#answers()) {
      if (!postgres.server.running()) throw new Error('PostgreSQL did not come up');
      await sleep(100);
    }
    return postgres;
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
      '--tuples-only', '--no-align', '--command', statement, database], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], ...this.as});
  }

  async stop() {
    await this.server.stop();
    rmSync(this.directory, {recursive: true, force: true});
  }
}
