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
  TARGET_TAIL(true, true),
  /** The leader changes and has lost records, right after the ledger has read the log. */
  LOSS_BEHIND_A_LOOK(true, true),
  /** The source loses its log end while the link is down, and grows again. */
  SOURCE_TAIL(true, true),
  /** The state topic is deleted while the link is down. */
  STATE_LOST(false, true),
  /** A broker of the source is unreachable for this link only. */
  SOURCE_UNREACHABLE(false, true),
  /** The coordinator of the owner's transactional id is away for longer than a lease. */
  OWNER_AWAY(false, true),
  /** Only the owner can't reach its coordinator, and another instance takes over the link. */
  OWNER_CUT_OFF(false, true),
  /** The target's brokers throttle for longer than every timeout. */
  THROTTLED(false, true),
  /** The coordinator gives another producer id while a former owner's batches are in flight. */
  EPOCHS_USED_UP(false, true);

  /** Each compound fault is in one of so many scenarios. */
  private static final int RARE = 10;

  private final boolean loses;
  private final boolean usual;

  CompoundFault(boolean loses, boolean usual) {
    this.loses = loses;
    this.usual = usual;
  }

  /** Whether a cluster loses what it had acknowledged. */
  boolean loses() {
    return loses;
  }

  static Set<CompoundFault> drawn(Random random) {
    Set<CompoundFault> drawn = EnumSet.noneOf(CompoundFault.class);
    for (CompoundFault one : values()) {
      if (random.nextInt(RARE) == 0 && one.usual) {
        drawn.add(one);
      }
    }
    return drawn;
  }
}
