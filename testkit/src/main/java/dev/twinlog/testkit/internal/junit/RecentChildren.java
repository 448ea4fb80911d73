package dev.twinlog.testkit.internal.junit;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The child JVMs that the running tests have used, so that a failing test can show what they
 * printed.
 *
 * <p>Keeps the running children, and closed ones only while a test is watched. Thread-safe.
 */
public final class RecentChildren {
  /** A child JVM. */
  @FunctionalInterface
  public interface Child {
    /** Describes what happened to it, with its last lines. */
    String describe(String what);
  }

  private static final Set<Child> LIVING = new LinkedHashSet<>();
  private static final Set<Child> CLOSED = new LinkedHashSet<>();
  private static int watchers;

  private RecentChildren() {}

  /** Adds a child that has been started. */
  public static synchronized void started(Child child) {
    LIVING.add(child);
  }

  /** Removes a child, unless a test is watched. */
  public static synchronized void closed(Child child) {
    if (LIVING.remove(child) && watchers > 0) {
      CLOSED.add(child);
    }
  }

  /** Starts watching a test. */
  public static synchronized void watch() {
    watchers++;
  }

  /** Ends the watch; returns the children to describe. */
  public static synchronized List<Child> unwatch() {
    List<Child> recent = new ArrayList<>(CLOSED);
    recent.addAll(LIVING);
    if (--watchers == 0) {
      CLOSED.clear();
    }
    return recent;
  }
}
