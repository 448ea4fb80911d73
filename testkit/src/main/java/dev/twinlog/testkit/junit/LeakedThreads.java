package dev.twinlog.testkit.junit;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Finds threads of the library that did not exist at an earlier time. */
final class LeakedThreads {
  private static final String PREFIX = "twinlog-";
  private static final Duration GRACE = Duration.ofSeconds(3);

  private final Set<Thread> before = Collections.newSetFromMap(new IdentityHashMap<>());

  LeakedThreads() {
    before.addAll(Thread.getAllStackTraces().keySet());
  }

  /** Describes, with its stack trace, each new thread that does not end in time. */
  List<String> find() {
    long deadline = System.nanoTime() + GRACE.toNanos();
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(PREFIX) && !before.contains(thread))
        .filter(thread -> !endsBefore(thread, deadline))
        .map(LeakedThreads::describe)
        .toList();
  }

  private static boolean endsBefore(Thread thread, long deadline) {
    long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    try {
      thread.join(Math.max(millis, 1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }

  private static String describe(Thread thread) {
    return "leaked thread "
        + thread.getName()
        + " ("
        + thread.getState()
        + ")"
        + Arrays.stream(thread.getStackTrace())
            .map(frame -> System.lineSeparator() + "    at " + frame)
            .collect(Collectors.joining());
  }
}
