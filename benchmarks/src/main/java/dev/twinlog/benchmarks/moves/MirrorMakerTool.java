package dev.twinlog.benchmarks.moves;

import dev.twinlog.benchmarks.versus.MirrorMakerProcess;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.child.ChildJvm;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * MirrorMaker 2 with the settings that keep groups in step as fast as it can: it looks for groups,
 * writes checkpoints and syncs offsets every second, and copies committed records only.
 */
final class MirrorMakerTool implements Tool {
  /** Nothing has changed for so long: the groups are as they stay. */
  private static final int QUIET_SECONDS = 40;

  private static final int MOST_SECONDS = 240;

  private final Path settings;
  private final Map<String, String> others;
  private @Nullable TestKafka target;
  private @Nullable ChildJvm process;

  /**
   * With some settings more.
   *
   * @param settings the file for all of them
   */
  MirrorMakerTool(Path settings, Map<String, String> others) {
    this.settings = settings;
    this.others = others;
  }

  @Override
  public void start(TestKafka source, TestKafka into, Collection<String> topics) {
    Map<String, String> all = new TreeMap<>();
    all.put("clusters", "source, target");
    all.put("source.bootstrap.servers", source.bootstrapServers());
    all.put("target.bootstrap.servers", into.bootstrapServers());
    all.put("source->target.enabled", "true");
    all.put("source->target.topics", String.join(",", topics));
    all.put("tasks.max", "1");
    all.put("source.consumer.isolation.level", "read_committed");
    all.put("source.consumer.auto.offset.reset", "earliest");
    all.put("sync.topic.configs.enabled", "false");
    all.put("sync.topic.acls.enabled", "false");
    all.put("emit.checkpoints.interval.seconds", "1");
    all.put("refresh.groups.interval.seconds", "1");
    all.put("sync.group.offsets.enabled", "true");
    all.put("sync.group.offsets.interval.seconds", "1");
    all.put(
        "replication.policy.class", "org.apache.kafka.connect.mirror.IdentityReplicationPolicy");
    for (String prefix :
        List.of(
            "",
            "checkpoints.topic.",
            "heartbeats.topic.",
            "offset-syncs.topic.",
            "offset.storage.",
            "status.storage.",
            "config.storage.")) {
      all.put(prefix + "replication.factor", "1");
    }
    all.putAll(others);
    target = into;
    process = MirrorMakerProcess.launch(all, settings, "-Xmx1g").standalone().start();
  }

  @Override
  public void awaitGroups(Collection<String> groups) throws Exception {
    try (Admin admin = Objects.requireNonNull(target, "started").admin()) {
      Map<String, Map<TopicPartition, OffsetAndMetadata>> last = committed(admin, groups);
      int quiet = 0;
      for (int second = 0; quiet < QUIET_SECONDS || last.isEmpty(); second++) {
        if (second > MOST_SECONDS) {
          if (last.isEmpty()) {
            throw new IllegalStateException(
                Objects.requireNonNull(process).describe("has synced no group"));
          }
          return;
        }
        TimeUnit.SECONDS.sleep(1);
        Map<String, Map<TopicPartition, OffsetAndMetadata>> now = committed(admin, groups);
        quiet = now.equals(last) ? quiet + 1 : 0;
        last = now;
      }
    }
  }

  /** Of those that have a position. */
  private static Map<String, Map<TopicPartition, OffsetAndMetadata>> committed(
      Admin admin, Collection<String> groups) throws ExecutionException, InterruptedException {
    Map<String, ListConsumerGroupOffsetsSpec> asked = new HashMap<>();
    groups.forEach(group -> asked.put(group, new ListConsumerGroupOffsetsSpec()));
    Map<String, Map<TopicPartition, OffsetAndMetadata>> all =
        new HashMap<>(admin.listConsumerGroupOffsets(asked).all().get());
    all.values().removeIf(Map::isEmpty);
    return all;
  }

  @Override
  public void close() {
    if (process != null) {
      process.stop();
      process.close();
    }
  }
}
