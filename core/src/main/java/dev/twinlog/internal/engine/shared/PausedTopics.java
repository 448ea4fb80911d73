package dev.twinlog.internal.engine.shared;

import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * The source topics that are paused by name, with all partitions that they get. What a change does
 * to partitions is requested within the change, so that requests have the order of the changes.
 * Thread-safe.
 */
public final class PausedTopics {
  private volatile Set<String> names = Set.of();

  /** The names, in their order. Unmodifiable. */
  public Set<String> names() {
    return names;
  }

  /** Whether the topic is paused by name. */
  public boolean contains(String topic) {
    return names.contains(topic);
  }

  /** Adds these, and then makes the request. */
  public synchronized void add(Collection<String> topics, Runnable request) {
    Set<String> next = new TreeSet<>(names);
    next.addAll(topics);
    names = Collections.unmodifiableSet(next);
    request.run();
  }

  /** Removes these, and then makes the request. */
  public synchronized void remove(Collection<String> topics, Runnable request) {
    Set<String> next = new TreeSet<>(names);
    next.removeAll(topics);
    names = Collections.unmodifiableSet(next);
    request.run();
  }

  /** Removes all, and then makes the request. */
  public synchronized void clear(Runnable request) {
    names = Set.of();
    request.run();
  }
}
