package dev.twinlog.testkit.soak;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Kills and freezes the replicator, one time after the other, each time with the next one taking
 * over at once. Some of them meet it as it opens its partitions, most of them as it copies.
 *
 * <p>A frozen one wakes up later as a zombie, while its successor copies or still takes over, and
 * must find out that it is fenced; one that has not after a while is killed.
 */
final class InstanceFaults {
  /** After this without a record copied, the link is stuck. Kafka's own time limits are shorter. */
  private static final Duration STUCK = Duration.ofMinutes(2);

  /** How long one that woke up before it had the link may be the cause of another one's end. */
  private static final Duration USURPED = Duration.ofMinutes(1);

  private static final Duration FENCED_LIMIT = Duration.ofSeconds(30);
  private static final int SLEEPERS = 3;
  private static final int EARLY_PERCENT = 25;
  private static final int EARLY_ZOMBIE_PERCENT = 10;
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
  private final AtomicLong usurpedNanos = new AtomicLong(System.nanoTime() - USURPED.toNanos());
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
      boolean zombie = isZombieNext();
      if (random.nextInt(100) < (zombie ? EARLY_ZOMBIE_PERCENT : EARLY_PERCENT)) {
        Pauses.between(random, 0, EARLY_MILLIS);
      } else if (awaitCopying(fleet.current())) {
        Pauses.between(random, 0, COPYING_MILLIS);
      }
      judge(fleet.current());
      if (zombie && isInOffice(fleet.current())) {
        freeze();
      } else {
        kill();
      }
    }
    // Those that sleep wake up and are judged before the end.
    wakers.shutdown();
    if (!wakers.awaitTermination(2, TimeUnit.MINUTES)) {
      journal.finding("frozen replicators did not end");
    }
    if (!isInOffice(fleet.current())) { // one that woke up last has taken over, and is gone by now
      judge(fleet.current());
      fleet.end(fleet.takeOver());
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
    if (!zombie.hasOwned()) {
      usurpedNanos.set(System.nanoTime());
    }
    boolean late = zombie.hasOwned() && hasTakenOver(successor);
    zombie.thaw();
    journal.fault(late ? Fault.ZOMBIE : Fault.RIVAL, zombie.describe());
    Pauses.until(() -> !isInOffice(zombie) || fleet.current().isFenced(), FENCED_LIMIT);
    journal.note("the zombie is killed: " + zombie.describe());
  }

  /** The next ones count as well: a successor may be killed as it opens. */
  private boolean hasTakenOver(Instance successor) {
    Instance newest = fleet.current();
    return successor.copied() > 0 || (newest != successor && newest.copied() > 0);
  }

  /** Waits until it copies; returns whether it does. */
  private boolean awaitCopying(Instance instance) throws InterruptedException {
    long before = instance.copied();
    boolean inTime = Pauses.until(() -> instance.copied() > before || !isInOffice(instance), STUCK);
    if (!inTime) {
      instance.dumpThreads();
      journal.finding(
          instance.describe() + " has copied nothing for " + STUCK.toSeconds() + " s; see its log");
    }
    return instance.copied() > before;
  }

  private static boolean isInOffice(Instance instance) {
    return instance.isAlive() && !instance.isFenced();
  }

  /** The newest one ends by no will of its own, but for one case. */
  private void judge(Instance newest) {
    if (isInOffice(newest)) {
      return;
    }
    String what = newest.describe() + (newest.isFenced() ? " is fenced" : " ended by itself");
    if (newest.isFenced() && System.nanoTime() - usurpedNanos.get() < USURPED.toNanos()) {
      journal.note(what + ", by one that woke up and went on with taking over");
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
