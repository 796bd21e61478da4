import type { HostEvents, HostTopic, Subscription } from '../contract/host-api.ts';

type Listener = (payload: unknown) => void;

/** Who listens to what. A cluster's topics have one channel per cluster. */
export class PushHub {
  readonly #channels = new Map<string, Set<Listener>>();

  /** Calls `listener` with every payload of that topic until stopped. */
  subscribe(subscription: Subscription, listener: Listener): () => void {
    const key = channelOf(subscription);
    const channel = this.#channels.get(key) ?? new Set<Listener>();
    this.#channels.set(key, channel);
    channel.add(listener);
    return () => {
      channel.delete(listener);
      if (channel.size === 0 && this.#channels.get(key) === channel) this.#channels.delete(key);
    };
  }

  publish<T extends HostTopic>(
    subscription: Subscription & { readonly topic: T },
    payload: HostEvents[T],
  ): void {
    const channel = this.#channels.get(channelOf(subscription));
    for (const listener of [...(channel ?? [])]) listener(payload);
  }
}

function channelOf(subscription: Subscription): string {
  return 'clusterId' in subscription
    ? `${subscription.topic}/${subscription.clusterId}`
    : subscription.topic;
}
