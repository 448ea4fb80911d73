package dev.twinlog.testkit.soak;

import dev.twinlog.testkit.child.ChildJvm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs the link in one process after the other. The next process has always loaded its classes
 * already, so that a takeover begins within milliseconds. Thread-safe.
 */
final class Fleet implements AutoCloseable {
  private final SoakOptions options;
  private final SoakClusters clusters;
  private final Journal journal;
  private final Path directory;
  private final List<Instance> sleepers = new ArrayList<>();
  private int launched;
  private Instance standby;
  private Instance current;

  Fleet(SoakOptions options, SoakClusters clusters, Journal journal, Path directory) {
    this.options = options;
    this.clusters = clusters;
    this.journal = journal;
    this.directory = directory;
    this.current = launch();
    this.standby = launch();
  }

  /** Starts the first instance. */
  synchronized void start() {
    current.start();
  }

  /** The instance that owns the link, or is about to. */
  synchronized Instance current() {
    return current;
  }

  /**
   * Starts the takeover by the next instance. Returns the former instance, which may be in any
   * state.
   */
  synchronized Instance takeOver() {
    Instance former = current;
    former.succeeded();
    current = standby;
    current.start();
    journal.note(current + " takes over from " + former.describe());
    standby = launch();
    return former;
  }

  /** Remembers a frozen instance, so that it is closed with the fleet. */
  synchronized void asleep(Instance zombie) {
    sleepers.add(zombie);
  }

  /** Ends an instance that is no longer needed. */
  void end(Instance former) {
    synchronized (this) {
      sleepers.remove(former);
    }
    former.close();
  }

  @Override
  public synchronized void close() {
    sleepers.forEach(Instance::close);
    sleepers.clear();
    current.close();
    standby.close();
  }

  private Instance launch() {
    launched++;
    return new Instance(
        launched,
        ChildJvm.builder(ReplicatorProgram.class.getName())
            .jvmArgs("-Xmx128m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
            .jvmArgs(SoakClusters.logging(options.debug() ? "debug" : "info"))
            .args(
                clusters.source().network().bootstrapServers(),
                clusters.target().network().bootstrapServers(),
                options.path().name(),
                Boolean.toString(options.atLeastOnce())),
        journal,
        directory);
  }
}
