package dev.twinlog.internal.kafka.groups;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.spi.GroupStore.Failure;
import dev.twinlog.spi.GroupStore.Refusal;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.OffsetMetadataTooLarge;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/**
 * Translates the errors of one group or partition.
 *
 * @param alias the cluster's name, for messages
 * @param rights what the calls need, for messages
 */
record GroupErrors(String alias, String rights) {

  /**
   * Translates an error.
   *
   * @throws InterruptException if the call was interrupted, which is no answer
   */
  Failure of(String group, Throwable thrown) {
    Throwable cause = KafkaErrors.unwrap(thrown);
    if (cause instanceof InterruptException interrupt) {
      throw interrupt;
    }
    if (cause instanceof AuthorizationException) {
      String missing =
          cause instanceof TopicAuthorizationException denied
              ? "DESCRIBE or READ on Topic " + String.join(", ", denied.unauthorizedTopics())
              : rights + " on Group " + group;
      return new Failure(Refusal.DENIED, "missing permission on %s: %s".formatted(alias, missing));
    }
    if (cause instanceof UnknownMemberIdException || cause instanceof GroupNotEmptyException) {
      return new Failure(Refusal.ACTIVE, "the group has members on " + alias);
    }
    if (cause instanceof GroupIdNotFoundException) {
      return new Failure(
          Refusal.OTHER_TYPE, "the id belongs to a group of another type on " + alias);
    }
    if (cause instanceof UnsupportedVersionException) {
      return new Failure(
          Refusal.OTHER_TYPE,
          "%s has no groups of this type: %s".formatted(alias, cause.getMessage()));
    }
    if (cause instanceof UnknownTopicOrPartitionException) {
      return new Failure(Refusal.NO_PARTITION, "the partition doesn't exist on " + alias);
    }
    if (cause instanceof OffsetMetadataTooLarge) {
      return new Failure(
          Refusal.METADATA_TOO_LARGE,
          "its metadata is longer than offset.metadata.max.bytes of " + alias);
    }
    return new Failure(
        Refusal.UNAVAILABLE,
        "%s answered %s: %s"
            .formatted(alias, cause.getClass().getSimpleName(), cause.getMessage()));
  }
}
