package dev.twinlog.testkit.soak;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.TopicPartition;

/**
 * A program that runs the link in a process of its own. It prints {@code ready}, starts the link at
 * the line {@code start}, prints its status many times a second and its events, and at the line
 * {@code finish} waits until all is copied, closes the link and ends.
 */
public final class ReplicatorProgram {
  /** The name of the link. */
  static final String LINK = "soak";

  static final String READY = "ready";
  static final String START = "start";
  static final String FINISH = "finish";
  static final String CAUGHT_UP = "caught up";
  static final String CLOSED = "closed";
  static final String STATUS = "status ";
  static final String STOPPED = "partition stopped: ";
  static final String FENCED = "fenced: ";

  private static final int FAILED = 3;
  private static final long STATUS_NANOS = Duration.ofMillis(50).toNanos();
  private static final long IN_FLIGHT = 8 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final AtomicLong copied = new AtomicLong();
  private final Replicator replicator;

  private ReplicatorProgram(String source, String target, DataPath path, boolean atLeastOnce) {
    Replicator.Builder builder =
        Replicator.builder()
            .link(LINK)
            .source(
                KafkaSource.from(cluster("source", source))
                    .path(path)
                    .topics(
                        TopicSelector.named(
                            Arrays.stream(SoakTopic.values())
                                .map(SoakTopic::topic)
                                .toArray(String[]::new)))
                    .build())
            .sink(KafkaSink.to(cluster("target", target)).path(path).build())
            .maxInFlightBytes(IN_FLIGHT)
            .discoveryInterval(Duration.ofSeconds(1))
            .onEvent(new Printer())
            .metrics(
                new LinkMetrics() {
                  @Override
                  public void copied(Route route, long records, long bytes, Duration latency) {
                    copied.addAndGet(records);
                  }
                });
    if (atLeastOnce) {
      builder.deliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE);
    }
    replicator = builder.build();
  }

  /**
   * Runs the program.
   *
   * @param args the addresses of both clusters, the path, and whether records may be repeated
   */
  public static void main(String[] args) {
    try {
      new ReplicatorProgram(
              args[0], args[1], DataPath.valueOf(args[2]), Boolean.parseBoolean(args[3]))
          .run();
      System.exit(0);
    } catch (IOException | InterruptedException | RuntimeException e) {
      System.out.println("failed: " + e);
      e.printStackTrace(System.out);
      System.exit(FAILED);
    }
  }

  private void run() throws IOException, InterruptedException {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println(READY);
    await(commands, START);
    Thread printing = new Thread(this::printStatus, "soak-status");
    printing.setDaemon(true);
    printing.start();
    replicator.start();
    await(commands, FINISH);
    while (!replicator.awaitCaughtUp(PATIENCE)) {
      System.out.println("not caught up: " + replicator.status());
    }
    System.out.println(CAUGHT_UP);
    replicator.close();
    System.out.println(CLOSED);
  }

  private static void await(BufferedReader commands, String wanted) throws IOException {
    String line = commands.readLine();
    if (!wanted.equals(line)) {
      throw new IOException("expected the line " + wanted + " but got " + line);
    }
  }

  private void printStatus() {
    while (true) {
      ReplicatorStatus status = replicator.status();
      long stopped =
          status.partitions().values().stream()
              .filter(one -> one.state() == PartitionState.STOPPED)
              .count();
      System.out.println(
          STATUS
              + status.state()
              + " copied "
              + copied
              + " lag "
              + status.lagRecords()
              + " stopped "
              + stopped);
      LockSupport.parkNanos(STATUS_NANOS);
    }
  }

  /** Clients with short timeouts: a request without an answer fails after five seconds. */
  private static KafkaCluster cluster(String alias, String servers) {
    return KafkaCluster.builder(alias)
        .bootstrapServers(servers)
        .property("request.timeout.ms", "5000")
        .property("default.api.timeout.ms", "10000")
        .build();
  }

  /** Prints the events of the link, so that they are in the log of this process. */
  private static final class Printer implements ReplicationListener {
    @Override
    public void linkStateChanged(LinkState from, LinkState to, String reason) {
      String fenced = to == LinkState.FENCED ? FENCED : "";
      System.out.println(fenced + "link " + from + " -> " + to + ": " + reason);
    }

    @Override
    public void partitionStateChanged(
        TopicPartition source, PartitionState from, PartitionState to, String reason) {
      if (to != PartitionState.CAUGHT_UP && from != PartitionState.CAUGHT_UP) {
        System.out.println(source + " " + from + " -> " + to + ": " + reason);
      }
    }

    @Override
    public void gap(TopicPartition source, long from, long to, GapCause cause) {
      System.out.println("gap in " + source + " from " + from + " to " + to + ": " + cause);
    }

    @Override
    public void retrying(TopicPartition source, ReplicationException cause, Duration delay) {
      System.out.println(source + " retries in " + delay.toMillis() + " ms: " + cause);
    }

    @Override
    public void partitionStopped(TopicPartition source, ReplicationException cause) {
      System.out.println(STOPPED + source + ": " + cause);
    }

    @Override
    public void noted(String targetTopic, String note) {
      System.out.println("note on " + targetTopic + ": " + note);
    }
  }
}
