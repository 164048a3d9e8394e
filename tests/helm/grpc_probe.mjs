// What Kubernetes' gRPC probe does: one call of grpc.health.v1.Health/Check, in the clear.

import {connect} from 'node:http2';

const serving = 1;

// Whether the service of that name is SERVING.
export function probe(port, service) {
  return new Promise((resolve) => {
    const session = connect(`http://127.0.0.1:${port}`);
    const end = (result) => {
      session.close();
      resolve(result);
    };
    session.on('error', () => end(false));
    const call = session.request({':method': 'POST', ':path': '/grpc.health.v1.Health/Check', 'content-type': 'application/grpc', te: 'trailers'});
    const chunks = [];
    call.on('data', (chunk) => chunks.push(chunk));
    call.on('error', () => end(false));
    call.on('close', () => end(false));
    // A message is led by a byte and its length; the answer's first field is the status.
    call.on('end', () => end(Buffer.concat(chunks).subarray(5).equals(Buffer.from([0x08, serving]))));
    const name = Buffer.from(service);
    const message = Buffer.concat([Buffer.from([0x0a, name.length]), name]);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    call.end(Buffer.concat([head, message]));
  });
}
