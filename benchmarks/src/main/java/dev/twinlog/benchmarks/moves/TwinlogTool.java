package dev.twinlog.benchmarks.moves;

import dev.twinlog.GroupState;
import dev.twinlog.GroupStatus;
import dev.twinlog.GroupSync;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.TestKafka;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A link with its defaults, which compares groups every second. */
final class TwinlogTool implements Tool {
  private static final int MOST_SYNCS = 60;

  private @Nullable Replicator replicator;

  @Override
  public void start(TestKafka source, TestKafka target, Collection<String> topics) {
    Replicator link =
        Replicator.builder()
            .link("moves")
            .source(
                KafkaSource.from(KafkaCluster.of("source", source.bootstrapServers()))
                    .topics(TopicSelector.named(topics.toArray(String[]::new)))
                    .build())
            .sink(KafkaSink.to(KafkaCluster.of("target", target.bootstrapServers())).build())
            .groupSync(GroupSync.defaults().interval(Duration.ofSeconds(1)))
            .build();
    replicator = link;
    link.start();
  }

  @Override
  public void awaitGroups(Collection<String> groups) throws InterruptedException {
    Replicator link = Objects.requireNonNull(replicator, "started");
    for (int i = 0; i < MOST_SYNCS; i++) {
      link.syncNow();
      Map<String, GroupStatus> now = link.groups();
      if (groups.stream()
          .allMatch(
              group -> {
                GroupStatus status = now.get(group);
                return status != null && status.state() == GroupState.SYNCED;
              })) {
        return;
      }
      TimeUnit.SECONDS.sleep(1);
    }
    throw new IllegalStateException("not synced: " + link.groups());
  }

  @Override
  public void close() {
    if (replicator != null) {
      replicator.close();
    }
  }
}
