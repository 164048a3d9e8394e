// The protobuf that client-go sends instead of JSON. Helm keeps its releases in Secrets and sends nothing else so.

// The fields of a message: [number, bytes] of each that has a length; numbers are passed over.
function* messageFields(bytes) {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag % 8 === 0) varint();
    else if (tag % 8 === 2) {
      const length = varint();
      yield [tag >> 3, bytes.subarray(at, at += length)];
    } else throw new Error(`protobuf: wire type ${tag % 8}`);
  }
}

const all = (bytes, number) => [...messageFields(bytes)].filter(([found]) => found === number).map(([, value]) => value);
const one = (bytes, number) => all(bytes, number)[0] ?? Buffer.alloc(0);
const map = (bytes, number, encoding) => Object.fromEntries(
  all(bytes, number).map((entry) => [one(entry, 1).toString(), one(entry, 2).toString(encoding)]));

// Numbers are those of k8s.io/api/core/v1 and apimachinery's generated.proto.
export function decodeSecret(body) {
  if (body.subarray(0, 4).toString() !== 'k8s\0') throw new Error('protobuf: not of Kubernetes');
  const unknown = body.subarray(4);
  const kind = one(one(unknown, 1), 2).toString();
  if (kind !== 'Secret') throw new Error(`protobuf: ${kind} is not decoded here`);
  const secret = one(unknown, 2);
  const metadata = one(secret, 1);
  return {
    apiVersion: 'v1',
    kind,
    metadata: {name: one(metadata, 1).toString(), labels: map(metadata, 11, 'utf8'), annotations: map(metadata, 12, 'utf8')},
    type: one(secret, 3).toString(),
    data: map(secret, 2, 'base64'),
  };
}
