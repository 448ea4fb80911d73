package dev.twinlog.testkit.soak;

import java.time.Duration;

/** When it is enough: numbers of faults that are reached, or time that is over. Thread-safe. */
final class Goals {
  private final SoakOptions options;
  private final Journal journal;
  private final long begin = System.nanoTime();

  Goals(SoakOptions options, Journal journal) {
    this.options = options;
    this.journal = journal;
  }

  /** Whether instances need no more faults. */
  boolean instancesAreDone() {
    return timeIsOver()
        || (options.hasCounts() && killsLeft() == 0 && zombiesLeft() == 0);
  }

  /** Whether all is done that was asked for. */
  boolean isReached() {
    return timeIsOver() || (instancesAreDone() && options.hasCounts() && brokerKillsLeft() == 0);
  }

  int killsLeft() {
    return left(options.kills(), Fault.KILL);
  }

  int zombiesLeft() {
    return left(options.zombies(), Fault.ZOMBIE);
  }

  int brokerKillsLeft() {
    return left(options.brokerKills(), Fault.BROKER_KILL);
  }

  /** One line about how far it is. */
  String progress() {
    return String.format(
        "%3d s: %d kills, %d zombies, %d broker kills",
        elapsed().toSeconds(),
        journal.count(Fault.KILL),
        journal.count(Fault.ZOMBIE),
        journal.count(Fault.BROKER_KILL));
  }

  Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  private boolean timeIsOver() {
    return options.seconds() > 0 && elapsed().toSeconds() >= options.seconds();
  }

  private int left(int goal, Fault fault) {
    return Math.max(0, goal - journal.count(fault));
  }
}
