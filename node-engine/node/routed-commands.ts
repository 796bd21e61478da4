import type { HandlerResult } from '../machine/handler-result.ts';
import type { Reply } from '../resp/value.ts';
import type { ReadFailure, ReadWaiter, WriteFailure, WriteWaiter } from './driver-ports.ts';
import { replyOf } from './intermediates.ts';

/** Where the answer of a routed command goes. */
export interface RoutedPorts {
  answer(reply: Reply): void;
  failure(failure: ReadFailure): Reply;
}

type Respond = (reply: Reply) => HandlerResult;

/** A write whose answer is made on this node from what the machine returned. */
export class RoutedWrite implements WriteWaiter {
  readonly #ports: RoutedPorts;
  readonly #respond: Respond;

  constructor(ports: RoutedPorts, respond: Respond) {
    this.#ports = ports;
    this.#respond = respond;
  }

  applied(reply: Reply): void {
    this.#ports.answer(replyOf(() => this.#respond(reply)));
  }

  failed(failure: WriteFailure): void {
    this.#ports.answer(this.#ports.failure(failure));
  }
}

/** A read that is made on this node once it may run. */
export class RoutedRead implements ReadWaiter {
  readonly #ports: RoutedPorts;
  readonly #respond: Respond;
  readonly #finished: () => void;

  constructor(ports: RoutedPorts, respond: Respond, finished: () => void) {
    this.#ports = ports;
    this.#respond = respond;
    this.#finished = finished;
  }

  ready(): void {
    this.#ports.answer(replyOf(() => this.#respond(null)));
    this.#finished();
  }

  failed(failure: ReadFailure): void {
    this.#ports.answer(this.#ports.failure(failure));
    this.#finished();
  }
}
