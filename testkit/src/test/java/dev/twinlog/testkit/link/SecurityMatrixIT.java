package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.TopicMapper;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.junit.CleanAfterEach;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests links between clusters that their clients authenticate with in every {@link Access},
 * another one on each side: that both data paths copy, and that wrong credentials end the start.
 * Each access is the source of one link and the target of another. The table of what was run is
 * that of {@code core/SECURITY.md}.
 */
@CleanAfterEach
@ExpectedLogs("-> FAILED")
final class SecurityMatrixIT {
  private static final int RECORDS = 50;

  /** How many links run at a time. */
  private static final int AT_ONCE = 3;

  private SecuredClusters clusters;

  @Test
  void anAccess_copiesOnBothPaths_andRefusesWrongCredentials(@TempDir Path directory)
      throws Exception {
    List<String> table = run(EnumSet.of(Access.OAUTH_TLS), directory);
    assertThat(table).hasSize(3);
  }

  @Test
  @Tag("long")
  void everyAccess_copiesOnBothPaths_andRefusesWrongCredentials(@TempDir Path directory)
      throws Exception {
    String table = String.join("\n", run(EnumSet.allOf(Access.class), directory));
    System.out.println(table);
    assertThat(Files.readString(Path.of("..", "core", "SECURITY.md")))
        .as("the table of core/SECURITY.md; it has to be:%n%s", table)
        .contains(table);
  }

  private List<String> run(Set<Access> accesses, Path directory) throws Exception {
    List<String> table = new ArrayList<>();
    table.add("| source | with | target of that link | copied on | error if it is wrong |");
    table.add("| --- | --- | --- | --- | --- |");
    ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
    try (SecuredClusters started = new SecuredClusters(accesses, directory)) {
      clusters = started;
      List<Future<String>> rows = new ArrayList<>();
      for (Access access : accesses) {
        rows.add(threads.submit(() -> row(access)));
      }
      for (Future<String> row : rows) {
        table.add(row.get());
      }
    } finally {
      threads.shutdownNow();
    }
    return table;
  }

  private String row(Access access) throws Exception {
    List<String> paths = new ArrayList<>();
    for (DataPath path : List.of(DataPath.BATCHES, DataPath.RECORDS)) {
      paths.add("`" + copies(access, path) + "`");
    }
    return "| %s | %s | %s | %s | %s |"
        .formatted(
            access.cell(),
            access.credential,
            clusters.next(access).cell(),
            String.join(", ", paths),
            refuses(access));
  }

  private static KafkaSource source(Map<String, String> properties, String topic, DataPath path) {
    return KafkaSource.from(Links.cluster("us-east", properties))
        .topics(TopicSelector.named(topic))
        .path(path)
        .build();
  }

  private Replicator link(
      Map<String, String> properties, Access target, String topic, DataPath path) {
    return Replicator.builder()
        .link(Links.newName())
        .source(source(properties, topic, path))
        .sink(
            KafkaSink.to(Links.cluster("eu-west", clusters.clientProperties(target)))
                .path(path)
                .build())
        .topicMapper(TopicMapper.prefixed("copy."))
        .build();
  }

  /** Copies on that path, and returns the path that the status shows. */
  private DataPath copies(Access access, DataPath path) throws Exception {
    Access target = clusters.next(access);
    String topic = (access + "." + path).toLowerCase(Locale.ROOT);
    clusters.kafka(access).createTopic(topic, 1);
    KafkaTopics.of(clusters.kafka(access)).sendNumbered(topic, RECORDS);
    try (Replicator replicator = link(clusters.clientProperties(access), target, topic, path)) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      Links.awaitRunning(replicator);
      ReplicatorStatus status = replicator.status();
      assertThat(status.state()).as("%s", status).isEqualTo(LinkState.RUNNING);
      assertThat(status.lastError()).as("%s", status).isEmpty();
      assertThat(status.partitions().values())
          .as("%s", status)
          .singleElement()
          .satisfies(one -> assertThat(one.state()).isEqualTo(PartitionState.CAUGHT_UP));
      MirrorAssertions.assertMirrored(
          clusters.kafka(access), topic, clusters.kafka(target), "copy." + topic);
      return status.dataPath();
    }
  }

  /** Starts a link with wrong credentials, and returns the error without its details. */
  private String refuses(Access access) {
    try (Replicator replicator =
        link(clusters.wrongProperties(access), clusters.next(access), "orders", DataPath.BATCHES)) {
      assertThatThrownBy(replicator::start).isInstanceOf(LinkFailedException.class);
      String message = replicator.status().lastError().orElseThrow().getMessage();
      return message.split(":", 2)[0].replace("us-east", "the source");
    }
  }
}
