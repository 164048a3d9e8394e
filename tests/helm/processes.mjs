// Servers of the tests' own.

import {spawn} from 'node:child_process';
import {createServer} from 'node:net';

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// Runs a server until it ends, or standard input does, as it does when the test's process is gone, in whatever way it went.
const untilInputEnds = 'signal=$1; shift; exec 3<&0; "$@" 0<&- 3<&- & server=$!; exec 2>&-; ' +
  '(cat <&3; kill -"$signal" "$server") & wait "$server"';

export function startServer(command, {signal = 'TERM', ...options}) {
  const child = spawn('sh', ['-c', untilInputEnds, 'sh', signal, ...command],
    {...options, stdio: ['pipe', 'ignore', 'pipe'], detached: true});
  const exited = new Promise((resolve) => child.on('exit', resolve));
  return {
    stderr: child.stderr,
    running: () => child.exitCode === null,
    stop: () => {
      child.stdin.end();
      return exited;
    },
  };
}
