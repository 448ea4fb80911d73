package dev.twinlog.testkit.soak;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Kills and freezes the replicator, one time after the other, each time with the next one taking
 * over at once. Some of them meet it as it opens its partitions, most of them as it copies.
 *
 * <p>A frozen one wakes up later as a zombie, while its successor copies or still takes over, and
 * must find out that it is fenced; one that has not after a while is killed.
 */
final class InstanceFaults {
  /** After this without a record copied, the link is stuck. Kafka's own time limits are shorter. */
  private static final Duration STUCK = Duration.ofSeconds(120);

  private static final Duration FENCED_LIMIT = Duration.ofSeconds(30);
  private static final int SLEEPERS = 3;
  private static final int EARLY_PERCENT = 25;
  private static final int RIVAL_PERCENT = 15;
  private static final int EARLY_MILLIS = 1_500;
  private static final int COPYING_MILLIS = 1_500;
  private static final int NAP_MILLIS = 3_000;
  private static final int SLEEP_MILLIS = 25_000;

  private final SplittableRandom random;
  private final Fleet fleet;
  private final Goals goals;
  private final Journal journal;
  private final ExecutorService wakers = Executors.newCachedThreadPool(InstanceFaults::waker);
  private int asleep;

  InstanceFaults(SoakOptions options, Fleet fleet, Goals goals, Journal journal) {
    this.random = new SplittableRandom(options.seed() + 2);
    this.fleet = fleet;
    this.goals = goals;
    this.journal = journal;
  }

  /** Goes on until it is enough. */
  void run() throws InterruptedException {
    while (!goals.instancesAreDone()) {
      if (random.nextInt(100) < EARLY_PERCENT) {
        Pauses.between(random, 0, EARLY_MILLIS);
      } else {
        awaitCopying(fleet.current());
        Pauses.between(random, 0, COPYING_MILLIS);
      }
      if (isZombieNext()) {
        freeze();
      } else if (goals.killsLeft() > 0 || !goals.instancesAreDone()) {
        kill();
      }
    }
    // Those that sleep wake up and are judged before the end.
    wakers.shutdown();
    if (!wakers.awaitTermination(2, TimeUnit.MINUTES)) {
      journal.finding("frozen replicators did not end");
    }
  }

  /** Ends what still waits, when it must not go on. */
  void abandon() {
    wakers.shutdownNow();
  }

  /** Chosen by what is left of both, or one to four. */
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
    boolean rival = random.nextInt(100) < RIVAL_PERCENT;
    int nap =
        rival
            ? random.nextInt(EARLY_MILLIS)
            : random.nextInt(random.nextInt(5) == 0 ? SLEEP_MILLIS : NAP_MILLIS);
    synchronized (this) {
      asleep++;
    }
    Instance successor = fleet.current();
    wakers.execute(
        () -> {
          try {
            wake(zombie, successor, rival, nap);
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

  private void wake(Instance zombie, Instance successor, boolean rival, int nap)
      throws InterruptedException {
    if (!rival && !Pauses.until(() -> hasTakenOver(successor), STUCK)) {
      return;
    }
    TimeUnit.MILLISECONDS.sleep(nap);
    zombie.thaw();
    journal.fault(rival && successor.copied() == 0 ? Fault.RIVAL : Fault.ZOMBIE, zombie.describe());
    Pauses.until(() -> zombie.isFenced() || !zombie.isAlive(), FENCED_LIMIT);
    journal.note("the zombie is killed: " + zombie.describe());
  }

  /** The next ones count as well: a successor may be killed as it opens. */
  private boolean hasTakenOver(Instance successor) {
    return successor.copied() > 0 || fleet.current() != successor;
  }

  private void awaitCopying(Instance instance) throws InterruptedException {
    long before = instance.copied();
    if (!Pauses.until(() -> instance.copied() > before || !instance.isAlive(), STUCK)) {
      instance.dumpThreads();
      journal.finding(
          instance.describe() + " has copied nothing for " + STUCK.toSeconds() + " s; see its log");
    } else if (!instance.isAlive()) {
      journal.finding(instance.describe() + " ended by itself");
    } else if (instance.isFenced()) {
      journal.finding(instance.describe() + " is fenced though it is the newest");
    }
  }

  private static Thread waker(Runnable task) {
    Thread thread = new Thread(task, "soak-waker");
    thread.setDaemon(true);
    return thread;
  }
}
