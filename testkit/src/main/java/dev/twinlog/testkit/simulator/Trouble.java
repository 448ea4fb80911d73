package dev.twinlog.testkit.simulator;

import java.util.EnumSet;
import java.util.Random;
import java.util.Set;

/** Series of faults that hardly ever come about one by one; see {@link Troubles}. */
enum Trouble {
  /** A link is closed and opened in good order, and the target loses its tail before it writes. */
  TARGET_TAIL(true, true),
  /** The leader changes, and has lost something, right after the ledger has looked at the log. */
  LOSS_BEHIND_A_LOOK(true, true),
  /** The source loses its tail while the link is down, and grows again. */
  SOURCE_TAIL(true, true),
  /** The state topic is deleted while the link is down. */
  STATE_LOST(false, true),
  /** A broker of the source that this link alone can't reach. */
  SOURCE_UNREACHABLE(false, true),
  /** The coordinator of the link's owner is away for longer than a lease. */
  OWNER_AWAY(false, true),
  /** The link's owner alone can't reach its coordinator, and another instance takes it over. */
  OWNER_CUT_OFF(false, true),
  /** The target's brokers throttle for longer than every timeout. */
  THROTTLED(false, true),
  /** The coordinator gives another producer id while a former owner's batches are on their way. */
  EPOCHS_USED_UP(false, true);

  /** One of so many scenarios has a certain one of them. */
  private static final int RARE = 10;

  private final boolean loses;
  private final boolean usual;

  Trouble(boolean loses, boolean usual) {
    this.loses = loses;
    this.usual = usual;
  }

  /** Whether a cluster loses what it had acknowledged. */
  boolean loses() {
    return loses;
  }

  static Set<Trouble> drawn(Random random) {
    Set<Trouble> drawn = EnumSet.noneOf(Trouble.class);
    for (Trouble one : values()) {
      if (random.nextInt(RARE) == 0 && one.usual) {
        drawn.add(one);
      }
    }
    return drawn;
  }
}
