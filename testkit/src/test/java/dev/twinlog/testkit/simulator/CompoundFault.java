package dev.twinlog.testkit.simulator;

import java.util.EnumSet;
import java.util.Random;
import java.util.Set;

/**
 * Faults that consist of several steps in an order that single random faults hardly ever produce.
 * {@link CompoundFaultInjector} runs them.
 */
enum CompoundFault {
  /**
   * After a clean close and start of the link, the target loses its log end before the first write.
   */
  TARGET_TAIL(true),
  /** The leader changes and has lost records, right after the ledger has read the log. */
  LOSS_BEHIND_A_LOOK(true),
  /** The source loses its log end while the link is down, and grows again. */
  SOURCE_TAIL(true),
  /** The state topic is deleted while the link is down. */
  STATE_LOST(false),
  /** A broker of the source is unreachable for this link only. */
  SOURCE_UNREACHABLE(false),
  /** The coordinator of the owner's transactional id is away for longer than a lease. */
  OWNER_AWAY(false),
  /** Only the owner can't reach its coordinator, and another instance takes over the link. */
  OWNER_CUT_OFF(false),
  /** The target's brokers throttle for longer than every timeout. */
  THROTTLED(false),
  /** The coordinator gives another producer id while a former owner's batches are in flight. */
  EPOCHS_USED_UP(false);

  /** Each compound fault is in one of so many scenarios. */
  private static final int RARE = 10;

  private final boolean loses;

  CompoundFault(boolean loses) {
    this.loses = loses;
  }

  /** Whether a cluster loses what it had acknowledged. */
  boolean loses() {
    return loses;
  }

  static Set<CompoundFault> drawn(Random random) {
    Set<CompoundFault> drawn = EnumSet.noneOf(CompoundFault.class);
    for (CompoundFault one : values()) {
      if (random.nextInt(RARE) == 0) {
        drawn.add(one);
      }
    }
    return drawn;
  }
}
