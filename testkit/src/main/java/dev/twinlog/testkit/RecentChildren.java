package dev.twinlog.testkit;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The child JVMs that the running tests have used, so that a failing test can show what they
 * printed.
 *
 * <p>Keeps living children, and closed ones only while some test is watched. Thread-safe.
 */
final class RecentChildren {
  private static final Set<ChildJvm> LIVING = new LinkedHashSet<>();
  private static final Set<ChildJvm> CLOSED = new LinkedHashSet<>();
  private static int watchers;

  private RecentChildren() {}

  static synchronized void started(ChildJvm child) {
    LIVING.add(child);
  }

  static synchronized void closed(ChildJvm child) {
    if (LIVING.remove(child) && watchers > 0) {
      CLOSED.add(child);
    }
  }

  static synchronized void watch() {
    watchers++;
  }

  /** Ends a watch. Returns what there is to show. */
  static synchronized List<ChildJvm> unwatch() {
    List<ChildJvm> recent = new ArrayList<>(CLOSED);
    recent.addAll(LIVING);
    if (--watchers == 0) {
      CLOSED.clear();
    }
    return recent;
  }
}
