// The app's side of the protocol: docs/protocol.md.

import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';
import { DIGEST_BYTES, digest } from './digest.mjs';
import { Normalizer } from './normalization.mjs';

const PROTO_DIRECTORY = fileURLToPath(new URL('../../proto', import.meta.url));
const DEADLINE_MS = 10_000;

const load = (files, directory) => protoLoader.loadSync(
  files, { includeDirs: [directory], keepCase: true, longs: Number, defaults: true, enums: String });

const { v1 } = grpc.loadPackageDefinition(load(
  ['smartcontacts/v1/policy_service.proto', 'smartcontacts/v1/match_service.proto',
    'smartcontacts/v1/private_match_service.proto'], PROTO_DIRECTORY)).smartcontacts;
const errorTypes = load(['google/rpc/status.proto', 'google/rpc/error_details.proto'], process.env.GOOGLE_RPC_PROTO_DIR);

// "Errors": { code, reason, metadata, message } of what a call of grpc-js rejects with.
export class ServiceError extends Error {
  constructor(error) {
    super(error.details);
    this.code = error.code;
    const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
    const details = bytes === undefined ? [] : errorTypes['google.rpc.Status'].deserialize(bytes).details;
    const info = details.find(({ type_url: url }) => url.endsWith('/google.rpc.ErrorInfo'));
    if (info !== undefined) {
      const { domain, reason, metadata } = errorTypes['google.rpc.ErrorInfo'].deserialize(info.value);
      if (domain === 'smartcontacts') Object.assign(this, { reason, metadata });
    }
  }
}

export class ContactsClient {
  // `server`: HOST:PORT. `credentials`: TLS, or plaintext to a server that was started for trying things out.
  constructor(server, token, credentials = grpc.credentials.createSsl()) {
    this.policyService = new v1.PolicyService(server, credentials);
    this.matchService = new v1.MatchService(server, credentials);
    this.privateMatchService = new v1.PrivateMatchService(server, credentials);
    this.metadata = new grpc.Metadata();
    this.metadata.set('authorization', `Bearer ${token}`);
  }

  close() {
    this.policyService.close();
    this.matchService.close();
    this.privateMatchService.close();
  }

  getPolicy() {
    return this.#call(this.policyService, 'GetPolicy', {});
  }

  matchContacts(request) {
    return this.#call(this.matchService, 'MatchContacts', request);
  }

  // Sends the requests one after another, each when the one before is answered; the answers in order.
  matchContactsStream(requests) {
    return new Promise((resolve, reject) => {
      const stream = this.matchService.MatchContactsStream(this.metadata, this.#deadline());
      const answers = [];
      const sendNext = () => {
        if (answers.length < requests.length) stream.write(requests[answers.length]);
        else stream.end();
      };
      stream.on('data', (answer) => {
        answers.push(answer);
        sendNext();
      });
      stream.on('error', (error) => reject(new ServiceError(error)));
      stream.on('end', () => resolve(answers));
      sendNext();
    });
  }

  evaluateBlinded(request) {
    return this.#call(this.privateMatchService, 'EvaluateBlinded', request);
  }

  // All messages of the answer.
  getSealedDirectory(request) {
    return new Promise((resolve, reject) => {
      const stream = this.privateMatchService.GetSealedDirectory(request, this.metadata, this.#deadline());
      const messages = [];
      stream.on('data', (message) => messages.push(message));
      stream.on('error', (error) => reject(new ServiceError(error)));
      stream.on('end', () => resolve(messages));
    });
  }

  #call(service, method, request) {
    return new Promise((resolve, reject) => {
      service[method](request, this.metadata, this.#deadline(), (error, answer) => {
        if (error) reject(new ServiceError(error));
        else resolve(answer);
      });
    });
  }

  #deadline() {
    return { deadline: Date.now() + DEADLINE_MS };
  }
}

// An address book made ready for one tenant: which identifiers stand where in the packed digests.
export class DigestedBook {
  // `policy`: of GetPolicy. `typedNumbers`: as they stand in the book.
  constructor(policy, typedNumbers) {
    const normalizer = new Normalizer(policy.dial_plan);
    const indexes = new Map();
    this.epoch = policy.epoch.number;
    // For each number the indexes of its candidates, the most likely first.
    this.candidates = typedNumbers.map((typed) => normalizer.candidates(typed).map((identifier) => {
      if (!indexes.has(identifier)) indexes.set(identifier, indexes.size);
      return indexes.get(identifier);
    }));
    this.digests = Buffer.concat([...indexes.keys()].map((identifier) => digest(policy.epoch.salt, identifier)));
  }

  // Requests of MatchContactsStream with `size` digests each.
  batches(size) {
    const batchBytes = size * DIGEST_BYTES;
    const requests = [{ epoch: this.epoch, digests: this.digests.subarray(0, batchBytes) }];
    for (let begin = batchBytes; begin < this.digests.length; begin += batchBytes) {
      requests.push({ digests: this.digests.subarray(begin, begin + batchBytes) });
    }
    return requests;
  }

  // For each number the addresses of record it leads to: those of its first candidate that matched.
  addresses(matches) {
    const byIndex = new Map();
    for (const { index, aor } of matches) byIndex.set(index, [...(byIndex.get(index) ?? []), aor]);
    return this.candidates.map((indexes) => {
      const won = indexes.find((index) => byIndex.has(index));
      return won === undefined ? [] : byIndex.get(won);
    });
  }
}
