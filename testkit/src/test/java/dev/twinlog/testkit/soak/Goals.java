package dev.twinlog.testkit.soak;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** Decides when the soak has had enough faults: by their numbers, or by time. Thread-safe. */
final class Goals {
  /** How many faults of instances there are per fault of a cluster, without other goals. */
  private static final double INSTANCES_PER_CLUSTER = 1.5;

  private static final Set<Fault> OF_INSTANCES =
      EnumSet.of(Fault.KILL, Fault.ZOMBIE, Fault.CONCURRENT_OWNER);

  private final SoakOptions options;
  private final Journal journal;
  private final long begin = System.nanoTime();

  Goals(SoakOptions options, Journal journal) {
    this.options = options;
    this.journal = journal;
  }

  /** Whether instances need no more faults. */
  boolean instancesAreDone() {
    return timeIsOver() || (options.hasCounts() && killsLeft() == 0 && zombiesLeft() == 0);
  }

  /** Whether all goals are reached. */
  boolean isReached() {
    return timeIsOver() || (instancesAreDone() && brokerKillsAreDone());
  }

  /**
   * Whether the clusters have had their share of faults for now: a link that is always cut off from
   * one of them does nothing that a kill could disturb.
   */
  boolean clustersAreAhead() {
    if (instancesAreDone()) {
      return false;
    }
    double instances = 0;
    double clusters = 0;
    for (Fault fault : Fault.values()) {
      if (OF_INSTANCES.contains(fault)) {
        instances += journal.count(fault);
      } else {
        clusters += journal.count(fault);
      }
    }
    return clusters * instancesPerCluster() > instances + 2;
  }

  private double instancesPerCluster() {
    if (options.kills() + options.zombies() == 0 || options.brokerKills() == 0) {
      return INSTANCES_PER_CLUSTER;
    }
    return (options.kills() + options.zombies())
        * (ClusterFaults.BROKER_KILL_PERCENT / 100.0)
        / options.brokerKills();
  }

  int killsLeft() {
    return left(options.kills(), Fault.KILL);
  }

  int zombiesLeft() {
    return left(options.zombies(), Fault.ZOMBIE);
  }

  /** Whether enough brokers were killed; never where only the time counts. */
  boolean brokerKillsAreDone() {
    return options.hasCounts() && left(options.brokerKills(), Fault.BROKER_KILL) == 0;
  }

  /** The progress, as one line. */
  String progress() {
    return String.format(
        Locale.ROOT,
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
