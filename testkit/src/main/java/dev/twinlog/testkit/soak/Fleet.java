package dev.twinlog.testkit.soak;

import dev.twinlog.testkit.ChildJvm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The processes that run the link, one after the other. The next one has always loaded its classes
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

  /** Starts the first one. */
  synchronized void start() {
    current.start();
  }

  /** The one that owns the link, or is about to. */
  synchronized Instance current() {
    return current;
  }

  /** Has the next one take the link over. Returns the former one, in whatever state it is. */
  synchronized Instance takeOver() {
    Instance former = current;
    former.succeeded();
    current = standby;
    current.start();
    journal.note(current + " takes over from " + former.describe());
    standby = launch();
    return former;
  }

  /** Keeps a frozen one in mind. */
  synchronized void asleep(Instance zombie) {
    sleepers.add(zombie);
  }

  /** Ends one that is no longer needed. */
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
