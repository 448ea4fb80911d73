package dev.twinlog.internal.kafka.groups;

import dev.twinlog.internal.kafka.cluster.AdminResults;
import dev.twinlog.spi.GroupStore.Failure;
import dev.twinlog.spi.GroupStore.GroupDetails;
import dev.twinlog.spi.GroupStore.GroupOffsets;
import dev.twinlog.spi.GroupStore.GroupPosition;
import dev.twinlog.spi.GroupStore.Refusal;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterShareGroupOffsetsResult;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsResult;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ShareGroupDescription;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/**
 * The calls for share groups, apart from the others, since kafka-clients before 4.1 don't have
 * them: there no share group is listed, and none can be described. Stateless.
 */
final class ShareGroupCalls {
  private ShareGroupCalls() {}

  /** Asks, and returns what waits for the answer. */
  static Runnable offsets(
      Admin admin, GroupErrors errors, List<String> batch, Map<String, GroupOffsets> into) {
    Map<String, ListShareGroupOffsetsSpec> specs = new HashMap<>();
    batch.forEach(group -> specs.put(group, new ListShareGroupOffsetsSpec()));
    ListShareGroupOffsetsResult asked = admin.listShareGroupOffsets(specs);
    return () -> {
      for (String group : batch) {
        into.put(group, offsets(errors, group, asked.partitionsToOffsetInfo(group)));
      }
    };
  }

  private static GroupOffsets offsets(
      GroupErrors errors,
      String group,
      KafkaFuture<Map<TopicPartition, SharePartitionOffsetInfo>> asked) {
    Map<TopicPartition, GroupPosition> positions = new HashMap<>();
    try {
      AdminResults.get(asked)
          .forEach(
              (partition, info) -> {
                if (info != null && info.startOffset() >= 0) {
                  positions.put(partition, new GroupPosition(info.startOffset(), ""));
                }
              });
    } catch (GroupIdNotFoundException e) {
      return GroupOffsets.of(Map.of());
    } catch (RuntimeException e) {
      return GroupOffsets.failed(errors.of(group, e));
    }
    return GroupOffsets.of(positions);
  }

  static Runnable describe(
      Admin admin, GroupErrors errors, List<String> batch, Map<String, GroupDetails> into) {
    Map<String, KafkaFuture<ShareGroupDescription>> asked =
        admin.describeShareGroups(batch).describedGroups();
    return () -> asked.forEach((group, answer) -> into.put(group, details(errors, group, answer)));
  }

  private static GroupDetails details(
      GroupErrors errors, String group, KafkaFuture<ShareGroupDescription> asked) {
    try {
      return new GroupDetails(true, AdminResults.get(asked).members().size(), Optional.empty());
    } catch (GroupIdNotFoundException e) {
      return new GroupDetails(false, 0, Optional.empty());
    } catch (RuntimeException e) {
      return new GroupDetails(false, 0, Optional.of(errors.of(group, e)));
    }
  }

  static Runnable write(
      Admin admin,
      GroupErrors errors,
      String group,
      Map<TopicPartition, GroupPosition> wanted,
      Map<String, Map<TopicPartition, Optional<Failure>>> into) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    wanted.forEach((partition, position) -> offsets.put(partition, position.offset()));
    AlterShareGroupOffsetsResult asked = admin.alterShareGroupOffsets(group, offsets);
    return () -> {
      Map<TopicPartition, Optional<Failure>> written = new HashMap<>();
      for (TopicPartition partition : wanted.keySet()) {
        written.put(
            partition, KafkaGroups.failure(errors, group, asked.partitionResult(partition)));
      }
      into.put(group, written);
    };
  }

  static Map<String, Optional<Failure>> delete(
      Admin admin, GroupErrors errors, Collection<String> groups) {
    Map<String, Optional<Failure>> all = new HashMap<>();
    admin
        .deleteShareGroups(groups)
        .deletedGroups()
        .forEach(
            (group, answer) ->
                all.put(
                    group,
                    KafkaGroups.failure(errors, group, answer)
                        .filter(failure -> failure.refusal() != Refusal.OTHER_TYPE)));
    return all;
  }
}
