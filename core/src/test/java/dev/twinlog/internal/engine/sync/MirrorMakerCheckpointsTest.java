package dev.twinlog.internal.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.GroupState;
import dev.twinlog.internal.engine.shared.GroupView;
import dev.twinlog.internal.status.GroupSnapshot;
import dev.twinlog.spi.CompactedTopics;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests which positions of groups are written as checkpoints, and when. */
final class MirrorMakerCheckpointsTest {
  private static final TopicPartition SOURCE = new TopicPartition("orders", 0);
  private static final TopicPartition TARGET = new TopicPartition("us.orders", 0);

  /** How many records each write has. */
  private final List<Integer> writes = new ArrayList<>();

  private @Nullable RetriableException away;
  private Optional<ReplicationException> refusal = Optional.empty();

  private final MirrorMakerCheckpoints checkpoints =
      new MirrorMakerCheckpoints(
          new CompactedTopics() {
            @Override
            public Optional<ReplicationException> writeCompacted(
                String topic, Collection<Entry> entries) {
              assertThat(topic).isEqualTo("us.checkpoints.internal");
              if (away != null) {
                throw away;
              }
              writes.add(entries.size());
              return refusal;
            }
          },
          "us",
          ".");

  private static Map<String, GroupView> groups(long... offsets) {
    Map<String, GroupView> groups = new HashMap<>();
    for (int group = 0; group < offsets.length; group++) {
      long offset = offsets[group];
      groups.put(
          "group-" + group,
          new GroupView(
              GroupState.SYNCED,
              new GroupSnapshot(
                  "",
                  () ->
                      Map.of(
                          SOURCE,
                          new GroupSnapshot.Position(offset, Map.of(TARGET, offset), true, ""))),
              false));
    }
    return groups;
  }

  @Test
  void onlyWhatHasChanged_isWritten() {
    assertThat(checkpoints.publish(groups(1, 2, 3))).isEmpty();
    checkpoints.publish(groups(1, 2, 3));
    checkpoints.publish(groups(1, 5, 3));
    assertThat(writes).containsExactly(3, 1);
  }

  @Test
  void whatWasNotWritten_isTriedAgain() {
    away = new RetriableException("eu can't be reached");
    assertThat(checkpoints.publish(groups(1))).contains("no checkpoints: eu can't be reached");
    away = null;
    refusal = Optional.of(new PartitionFailedException("missing permission"));
    assertThat(checkpoints.publish(groups(1))).contains("no checkpoints: missing permission");
    refusal = Optional.empty();
    assertThat(checkpoints.publish(groups(1))).isEmpty();
    checkpoints.publish(groups(1));
    assertThat(writes).containsExactly(1, 1);
  }
}
