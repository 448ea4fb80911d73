package dev.twinlog.internal.kafka.groups;

import dev.twinlog.internal.kafka.cluster.AdminResults;
import dev.twinlog.spi.GroupStore.GroupDetails;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupListing;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupsResult;
import org.apache.kafka.clients.admin.ListGroupsResult;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;

/**
 * Lists the groups whose members commit offsets: consumer groups of both protocols, groups of Kafka
 * Streams, and groups that have only offsets; and share groups. kafka-clients before 4.0 can list
 * consumer groups only. Stateless.
 */
final class GroupLists {
  private static final String CONSUMER = "consumer";

  /**
   * What was listed.
   *
   * @param groups the ids
   * @param shareGroups the ids of share groups
   * @param errors of brokers that did not answer, and whose groups are missing
   */
  record Found(Set<String> groups, Set<String> shareGroups, Collection<Throwable> errors) {}

  private GroupLists() {}

  static Found list(Admin admin) {
    try {
      return AllTypes.list(admin);
    } catch (LinkageError e) {
      return listConsumers(admin);
    }
  }

  @SuppressWarnings({"deprecation", "removal"}) // there is no other call before 4.0
  private static Found listConsumers(Admin admin) {
    ListConsumerGroupsResult listed = admin.listConsumerGroups();
    Set<String> groups = new HashSet<>();
    for (ConsumerGroupListing group : AdminResults.get(listed.valid())) {
      groups.add(group.groupId());
    }
    return new Found(groups, Set.of(), AdminResults.get(listed.errors()));
  }

  /**
   * Lists the groups of Kafka Streams (KIP-1071), which are not found where consumer groups are
   * described. Describing them needs permissions on all topics of the application, and listing them
   * doesn't; that says whether they have members, not how many.
   */
  static Map<String, GroupDetails> listStreams(Admin admin) {
    try {
      return AllTypes.listStreams(admin);
    } catch (LinkageError e) {
      return Map.of();
    }
  }

  /** Apart, since kafka-clients before 4.0 don't have these types. */
  private static final class AllTypes {
    private AllTypes() {}

    static Found list(Admin admin) {
      ListGroupsResult listed = admin.listGroups();
      Set<String> groups = new HashSet<>();
      Set<String> shareGroups = new HashSet<>();
      for (GroupListing group : AdminResults.get(listed.valid())) {
        if (commitsOffsets(group)) {
          groups.add(group.groupId());
        } else if (group.type().filter(type -> type.toString().equals("Share")).isPresent()) {
          shareGroups.add(group.groupId());
        }
      }
      return new Found(groups, shareGroups, AdminResults.get(listed.errors()));
    }

    static Map<String, GroupDetails> listStreams(Admin admin) {
      Map<String, GroupDetails> groups = new HashMap<>();
      for (GroupListing group : AdminResults.get(admin.listGroups().valid())) {
        if (isOfStreams(group)) {
          boolean used = group.groupState().filter(state -> state != GroupState.EMPTY).isPresent();
          groups.put(group.groupId(), new GroupDetails(true, used ? 1 : 0, Optional.empty()));
        }
      }
      return groups;
    }

    private static boolean isOfStreams(GroupListing group) {
      return group.type().filter(type -> type.toString().equals("Streams")).isPresent();
    }

    /** The protocol of a classic group is that of its clients; of Kafka Connect's, for instance. */
    private static boolean commitsOffsets(GroupListing group) {
      GroupType type = group.type().orElse(GroupType.CLASSIC);
      return type == GroupType.CONSUMER
          || isOfStreams(group)
          || (type == GroupType.CLASSIC
              && (group.protocol().isEmpty() || group.protocol().equals(CONSUMER)));
    }
  }
}
