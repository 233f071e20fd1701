/**
 * `GreKey` seen from the control plane; src/dataplane/layout/gre-key.ts says what its fields mean.
 */
export const GRE_KEY_OFFSET = { next: 0, src: 4, dst: 8, sender: 12, receiver: 14 } as const
export const GRE_KEY_SIZE = 16

/** Chains of them in a shard. */
export const GRE_KEY_HEADS = 4096
