package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** Says what went wrong, with everything that helps to find it. Stateless. */
final class Troubles {
  private Troubles() {}

  /** A refusal that no second try will change, or that must not be tried again as it is. */
  static ReplicationException refused(
      Route route, KafkaErrors errors, long offset, Errors error, @Nullable String message) {
    return errors.topic(
        "write offset %d of %s to %s".formatted(offset, route.source(), route.target()),
        "WRITE on Topic " + route.target().topic(),
        message == null ? error.exception() : error.exception(message));
  }

  /** Only of a batch that was checked. */
  static PartitionFailedException damaged(Route route, PendingWrite write) {
    return new PartitionFailedException(
        ("the batch of %s with the offsets %d to %d is damaged: its CRC-32C does not match its bytes."
                + " It was so at the source, or became so on the way to this link; it is not written to"
                + " %s")
            .formatted(route.source(), write.firstOffset(), write.lastOffset(), route.target()));
  }

  static PartitionFailedException unreadable(Route route, PendingWrite write, RuntimeException e) {
    return new PartitionFailedException(
        "the batch of %s with the offsets %d to %d can't be written to %s: %s"
            .formatted(
                route.source(),
                write.firstOffset(),
                write.lastOffset(),
                route.target(),
                e.getMessage()),
        e);
  }

  /** The broker and this writer no longer agree on what was written. */
  static RetriableException doubtful(Route route, KafkaErrors errors, long offset, String why) {
    return new RetriableException(
        "%s is to be opened again: it is not certain whether offset %d of %s landed (%s: %s)"
            .formatted(route, offset, route.source(), errors.alias(), why));
  }

  /** The broker may not be able to tell a batch that is sent again from a new one. */
  static RetriableException forgotten(Route route, KafkaErrors errors, long offset, String why) {
    return new RetriableException(
        ("%s is to be opened again: it is not certain whether offset %d of %s landed (%s: %s), and the"
                + " broker may have forgotten the link's producer there, as it does behind old records"
                + " (producer.id.expiration.ms)")
            .formatted(route, offset, route.source(), errors.alias(), why));
  }

  /** Somebody has opened the route again, under a higher epoch. */
  static FencedException fenced(Route route, KafkaErrors errors, long offset, String why) {
    return new FencedException(
        "another owner of the link has opened %s: offset %d of %s was refused (%s: %s)"
            .formatted(route, offset, route.source(), errors.alias(), why));
  }

  static RetriableException notProved(Route route) {
    return new RetriableException(
        ("%s is to be opened again: this instance could not prove in time that the link is still its"
                + " own, so another one may have taken it over; is its progress store reachable, or was"
                + " the process paused?")
            .formatted(route));
  }

  static PartitionFailedException orderBroken(
      Route route, long earlier, long later, @Nullable Throwable cause) {
    return new PartitionFailedException(
        ("of %s, offset %d was written although offset %d before it was not: the order in the target"
                + " is broken there")
            .formatted(route, later, earlier),
        cause);
  }

  static PartitionFailedException createdAgain(Route route, KafkaErrors errors) {
    return new PartitionFailedException(
        ("target topic %s on %s was deleted and created again while %s was written: resume it to go on"
                + " in the new one, or copy everything again under another link name")
            .formatted(route.target().topic(), errors.alias(), route.source()));
  }

  static PartitionFailedException noSuchPartition(Route route, KafkaErrors errors, int partitions) {
    return new PartitionFailedException(
        "%s on %s has %d partitions, but %s goes to partition %d: let it grow, or choose another partition mapper"
            .formatted(
                route.target().topic(),
                errors.alias(),
                partitions,
                route.source(),
                route.target().partition()));
  }

  static RetriableException noMetadata(Route route, KafkaErrors errors, long seconds) {
    return new RetriableException(
        "%s gave no metadata of topic %s for %d s: is it reachable, does the topic exist, may the link DESCRIBE it?"
            .formatted(errors.alias(), route.target().topic(), seconds));
  }

  /** For writes that were behind one that failed. */
  static RetriableException behind(Route route, ReplicationException first) {
    return new RetriableException(
        "%s is to be resent after an earlier write failed: %s".formatted(route, first.getMessage()),
        first);
  }
}
