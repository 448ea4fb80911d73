package dev.twinlog.testkit.internal.memory;

import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.testkit.memory.InMemoryProgress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The state of an in-memory cluster and the lock that guards it: everything but {@link #id}, {@link
 * #read} and {@link #change} is called under the lock.
 */
public final class ClusterState {
  private final String id;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final InMemoryTopics topics;
  private final Map<String, InMemoryProgress> progress = new TreeMap<>();
  private final Map<Route, Object> owners = new HashMap<>();
  private boolean unavailable;

  /** An empty cluster. */
  public ClusterState(String id) {
    this.id = id;
    this.topics = new InMemoryTopics(id);
  }

  public String id() {
    return id;
  }

  /** Runs an action under the lock. */
  public <T extends @Nullable Object> T read(Supplier<T> action) {
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  /** Runs an action under the lock, and wakes readers up. */
  public void change(Runnable action) {
    lock.lock();
    try {
      action.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What {@link #change} signals. */
  public Condition changed() {
    return changed;
  }

  public boolean isUnavailable() {
    return unavailable;
  }

  public void unavailable(boolean now) {
    unavailable = now;
  }

  public void checkAvailable() {
    if (unavailable) {
      throw new RetriableException("cluster " + id + " is unavailable");
    }
  }

  public InMemoryTopics topics() {
    return topics;
  }

  @Nullable Uuid topicId(String topic) {
    return topics.id(topic);
  }

  public @Nullable InMemoryLog findLog(TopicPartition partition) {
    return topics.find(partition);
  }

  /**
   * The sink that may write each route: the one that recovered it last. A route without an entry
   * may be written by any sink.
   */
  public Map<Route, Object> owners() {
    return owners;
  }

  /** The progress that a link stores here. */
  public InMemoryProgress progress(String link) {
    return progress.computeIfAbsent(link, name -> InMemoryProgress.create());
  }

  public void forgetLink(String link) {
    progress.remove(link);
  }

  /** The progress of all links. */
  public List<InMemoryProgress> allProgress() {
    return List.copyOf(progress.values());
  }

  @Override
  public String toString() {
    return "in-memory cluster " + id;
  }
}
