package dev.twinlog.testkit.soak;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Kills and freezes replicator processes one after the other; a new instance takes over at once.
 * Some are hit while they open their partitions, most while they copy.
 *
 * <p>A frozen instance wakes up later as a zombie, while its successor copies or still takes over,
 * and must notice that it is fenced; an instance that hasn't after a while is killed.
 */
final class InstanceFaults {
  /** A link that copies no record for this long is stuck. Kafka's own timeouts are shorter. */
  private static final Duration STUCK = Duration.ofMinutes(2);

  /** How long a zombie that woke up before it owned the link may be why its successor is fenced. */
  private static final Duration USURPED = Duration.ofMinutes(1);

  private static final Duration FENCED_LIMIT = Duration.ofSeconds(30);
  private static final int SLEEPERS = 3;
  private static final int EARLY_PERCENT = 25;
  private static final int EARLY_ZOMBIE_PERCENT = 10;
  private static final int CONCURRENT_PERCENT = 15;
  private static final int EARLY_MILLIS = 1_500;
  private static final int COPYING_MILLIS = 1_500;
  private static final int NAP_MILLIS = 3_000;
  private static final int SLEEP_MILLIS = 25_000;

  private final SplittableRandom random;
  private final Fleet fleet;
  private final Goals goals;
  private final Journal journal;
  private final ExecutorService wakers = Executors.newCachedThreadPool(InstanceFaults::waker);
  private final AtomicLong usurpedNanos = new AtomicLong(System.nanoTime() - USURPED.toNanos());
  private int asleep;

  InstanceFaults(SoakOptions options, Fleet fleet, Goals goals, Journal journal) {
    this.random = new SplittableRandom(options.seed() + 2);
    this.fleet = fleet;
    this.goals = goals;
    this.journal = journal;
  }

  /** Injects faults until the goals are reached. */
  void run() throws InterruptedException {
    while (!goals.instancesAreDone()) {
      boolean zombie = isZombieNext();
      if (random.nextInt(100) < (zombie ? EARLY_ZOMBIE_PERCENT : EARLY_PERCENT)) {
        Pauses.between(random, 0, EARLY_MILLIS);
      } else if (awaitCopying(fleet.current())) {
        Pauses.between(random, 0, COPYING_MILLIS);
      }
      judge(fleet.current());
      if (zombie && isActive(fleet.current())) {
        freeze();
      } else {
        kill();
      }
    }
    // Frozen instances wake up and are checked before the end.
    wakers.shutdown();
    if (!wakers.awaitTermination(2, TimeUnit.MINUTES)) {
      journal.finding("frozen replicators did not end");
    }
    if (!isActive(fleet.current())) { // the last zombie has taken over, and has ended
      judge(fleet.current());
      fleet.end(fleet.takeOver());
    }
  }

  /** Cancels the pending wake-ups. */
  void abandon() {
    wakers.shutdownNow();
  }

  /** Draws in proportion to the zombies and kills that are left; one to four if none is left. */
  private synchronized boolean isZombieNext() {
    if (asleep >= SLEEPERS) {
      return false;
    }
    int zombies = Math.max(0, goals.zombiesLeft() - asleep);
    int kills = goals.killsLeft();
    if (zombies + kills == 0) {
      return random.nextInt(5) == 0;
    }
    return random.nextInt(zombies + kills) < zombies;
  }

  private void kill() {
    Instance victim = fleet.current();
    victim.kill();
    journal.fault(Fault.KILL, victim.describe());
    fleet.end(fleet.takeOver());
  }

  private void freeze() {
    Instance zombie = fleet.current();
    zombie.freeze();
    journal.note("SIGSTOP of " + zombie.describe());
    fleet.asleep(zombie);
    fleet.takeOver();
    boolean concurrent = random.nextInt(100) < CONCURRENT_PERCENT;
    int nap =
        concurrent
            ? random.nextInt(EARLY_MILLIS)
            : random.nextInt(random.nextInt(5) == 0 ? SLEEP_MILLIS : NAP_MILLIS);
    synchronized (this) {
      asleep++;
    }
    Instance successor = fleet.current();
    wakers.execute(
        () -> {
          try {
            wake(zombie, successor, concurrent, nap);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } finally {
            synchronized (this) {
              asleep--;
            }
            fleet.end(zombie);
          }
        });
  }

  private void wake(Instance zombie, Instance successor, boolean concurrent, int nap)
      throws InterruptedException {
    if (!concurrent && !Pauses.until(() -> hasTakenOver(successor), STUCK)) {
      return;
    }
    TimeUnit.MILLISECONDS.sleep(nap);
    if (!zombie.hasOwned()) {
      usurpedNanos.set(System.nanoTime());
    }
    boolean late = zombie.hasOwned() && hasTakenOver(successor);
    zombie.thaw();
    journal.fault(late ? Fault.ZOMBIE : Fault.CONCURRENT_OWNER, zombie.describe());
    Pauses.until(() -> !isActive(zombie) || fleet.current().isFenced(), FENCED_LIMIT);
    journal.note("the zombie is killed: " + zombie.describe());
  }

  /** Later instances count as well: the successor may be killed while it opens. */
  private boolean hasTakenOver(Instance successor) {
    Instance newest = fleet.current();
    return successor.copied() > 0 || (newest != successor && newest.copied() > 0);
  }

  /** Waits until the instance copies; returns whether it does. */
  private boolean awaitCopying(Instance instance) throws InterruptedException {
    long before = instance.copied();
    boolean inTime = Pauses.until(() -> instance.copied() > before || !isActive(instance), STUCK);
    if (!inTime) {
      instance.dumpThreads();
      journal.finding(
          instance.describe() + " has copied nothing for " + STUCK.toSeconds() + " s; see its log");
    }
    return instance.copied() > before;
  }

  private static boolean isActive(Instance instance) {
    return instance.isAlive() && !instance.isFenced();
  }

  /** Reports the newest instance if it ended, unless a zombie that was still opening fenced it. */
  private void judge(Instance newest) {
    if (isActive(newest)) {
      return;
    }
    String what = newest.describe() + (newest.isFenced() ? " is fenced" : " ended by itself");
    if (newest.isFenced() && System.nanoTime() - usurpedNanos.get() < USURPED.toNanos()) {
      journal.note(what + ", by a zombie that woke up and continued to take over");
    } else {
      journal.finding(what + " though it is the newest");
    }
  }

  private static Thread waker(Runnable task) {
    Thread thread = new Thread(task, "soak-waker");
    thread.setDaemon(true);
    return thread;
  }
}
