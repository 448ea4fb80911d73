package dev.twinlog.internal.kafka.wire.write.batch;

import dev.twinlog.internal.kafka.cluster.BrokenOrderException;
import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.ledger.session.TailRecord;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteFencedException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** Messages of failed writes, with everything that helps to find the cause. Stateless. */
public final class WriteErrors {
  private WriteErrors() {}

  /**
   * A refusal that a retry would not change, or after which the batch must not be sent again
   * unchanged.
   */
  public static ReplicationException refused(
      Route route, KafkaErrors errors, long offset, Errors error, @Nullable String message) {
    return errors.topic(
        "write offset %d of %s to %s".formatted(offset, route.source(), route.target()),
        "WRITE on Topic " + route.target().topic(),
        message == null ? error.exception() : error.exception(message));
  }

  /** A broker's error for a batch, and what it means. */
  public static String answer(
      Route route, KafkaErrors errors, @Nullable Broker broker, Errors error) {
    return "%s on %s answered %s to a batch for %s: %s"
        .formatted(
            broker == null ? "a broker" : broker,
            errors.alias(),
            error,
            route.target(),
            meaning(error));
  }

  private static String meaning(Errors error) {
    return switch (error) {
      case NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS_AFTER_APPEND ->
          "the partition has fewer in-sync replicas than min.insync.replicas requires";
      case KAFKA_STORAGE_ERROR -> "the broker can't use the disk that the partition is on";
      case NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH ->
          "it does not lead the partition, or no longer does";
      case REQUEST_TIMED_OUT -> "the replicas did not confirm it within request.timeout.ms";
      case UNKNOWN_SERVER_ERROR -> "it gives no reason; see the broker's log";
      default -> error.message();
    };
  }

  /** A broker delays a connection that has used up its quota. */
  public static String throttled(KafkaErrors errors, Broker broker, long millis) {
    return ("%s on %s throttles this client for %d ms more (throttle_time_ms): a quota of its user or"
            + " client.id is used up")
        .formatted(broker, errors.alias(), millis);
  }

  public static String silent(KafkaErrors errors, Broker broker, int requests, long seconds) {
    return "%s on %s has not answered for %d s; it has %d requests of this writer"
        .formatted(broker, errors.alias(), seconds, requests);
  }

  /** A broker that closes connections under large requests. */
  public static String tooLarge(String why, int bytes, int limit) {
    return ("%s under a request of %d bytes, and repeatedly: requests to it are kept below"
            + " %d bytes from now on, as far as single records allow. If nothing else is wrong, its"
            + " socket.request.max.bytes is lower than that; raise it")
        .formatted(why, bytes, limit);
  }

  public static String noLeader(Route route, KafkaErrors errors) {
    return "%s on %s has no leader".formatted(route.target(), errors.alias());
  }

  public static String noTopic(Route route, KafkaErrors errors, @Nullable ApiException error) {
    return "%s returns no metadata of topic %s%s"
        .formatted(
            errors.alias(),
            route.target().topic(),
            error == null ? "" : " (" + Errors.forException(error) + ")");
  }

  public static String lateRequests(Route route) {
    return ("%s is in conservative mode, behind records that are older than the target remembers producers:"
            + " it waits until no request of a lost connection, or of a former owner, can still arrive")
        .formatted(route);
  }

  /** Only for a batch whose checksum was computed. */
  public static PartitionFailedException damaged(Route route, PendingWrite write) {
    return new PartitionFailedException(
        ("the batch of %s with the offsets %d to %d is damaged: its CRC-32C does not match its bytes."
                + " It was damaged at the source, or on its way to this link; it is not written to"
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

  /** The broker and this writer disagree about what was written. */
  public static RetriableException doubtful(
      Route route, KafkaErrors errors, long offset, String why) {
    return new RetriableException(
        "reopening %s: it is unknown whether offset %d of %s was written (%s: %s)"
            .formatted(route, offset, route.source(), errors.alias(), why));
  }

  /** The broker may be unable to distinguish a batch that is sent again from a new one. */
  public static RetriableException forgotten(
      Route route, KafkaErrors errors, long offset, String why) {
    return new RetriableException(
        ("reopening %s: it is unknown whether offset %d of %s was written (%s: %s), and the"
                + " broker may have forgotten the link's producer there, as it does behind old records"
                + " (producer.id.expiration.ms)")
            .formatted(route, offset, route.source(), errors.alias(), why));
  }

  /** The log no longer ends with the last record of the session. */
  public static RetriableException tailLost(Route route, TailRecord last) {
    return new RetriableException(
        ("reopening %s: target %s no longer holds the record that was acknowledged at"
                + " offset %d: it lost its tail, by an unclean leader election or with a broker's disk")
            .formatted(route, route.target(), last.offset()));
  }

  /** As {@link #tailLost}, noticed by the offset at which a batch was appended. */
  public static RetriableException appendedBefore(
      Route route, long offset, long appended, TailRecord last) {
    return new RetriableException(
        ("reopening %s: offset %d of %s was written at offset %d, but offset %d was acknowledged"
                + " before: target %s lost its tail, by an unclean leader election or with a broker's"
                + " disk")
            .formatted(route, offset, route.source(), appended, last.offset(), route.target()));
  }

  public static RetriableException tailUnseen(Route route, TailRecord last, String why) {
    return new RetriableException(
        ("reopening %s: it is unknown whether target %s still holds the record that was"
                + " acknowledged at offset %d: %s")
            .formatted(route, route.target(), last.offset(), why));
  }

  /** Another owner has opened the route, under a higher epoch. */
  public static RouteFencedException fenced(
      Route route, KafkaErrors errors, long offset, String why) {
    return fenced(route, "offset %d of %s".formatted(offset, route.source()), errors, why);
  }

  /** As {@link #fenced}, reported first by the coordinator of its transactional id. */
  public static RouteFencedException markerFenced(Route route, KafkaErrors errors, String why) {
    return fenced(route, "a marker of this instance", errors, why);
  }

  private static RouteFencedException fenced(
      Route route, String what, KafkaErrors errors, String why) {
    return new RouteFencedException(
        ("another owner of the link has opened %s, or its coordinator has ended a marker's transaction that"
                + " took too long: %s was refused (%s: %s)")
            .formatted(route, what, errors.alias(), why));
  }

  public static String notProved(Route route) {
    return ("%s is not written now: this instance can't prove that it still owns the link, so another"
            + " instance may have taken it over. It continues when the brokers can be reached that lead"
            + " the link's state topic and coordinate its owner's transactional id")
        .formatted(route);
  }

  public static PartitionFailedException orderBroken(
      Route route, long earlier, long later, @Nullable Throwable cause) {
    return new BrokenOrderException(
        ("of %s, offset %d was written although offset %d before it was not: the order in the target"
                + " is broken there")
            .formatted(route, later, earlier),
        cause);
  }

  public static PartitionFailedException createdAgain(Route route, KafkaErrors errors) {
    return new PartitionFailedException(
        ("target topic %s on %s was deleted and created again while %s was written: resume the partition;"
                + " the topic is then checked for lost records")
            .formatted(route.target().topic(), errors.alias(), route.source()));
  }

  public static PartitionFailedException noSuchPartition(
      Route route, KafkaErrors errors, int partitions) {
    return new PartitionFailedException(
        "%s on %s has %d partitions, but %s goes to partition %d: let it grow and resume the partition, or choose another partition mapper"
            .formatted(
                route.target().topic(),
                errors.alias(),
                partitions,
                route.source(),
                route.target().partition()));
  }

  public static RetriableException noMetadata(Route route, KafkaErrors errors, long seconds) {
    return new RetriableException(
        "%s gave no metadata of topic %s for %d s: is it reachable, does the topic exist, may the link DESCRIBE it?"
            .formatted(errors.alias(), route.target().topic(), seconds));
  }

  /** For writes behind one that failed. */
  public static RetriableException behind(Route route, ReplicationException first) {
    return new RetriableException(
        "%s is to be resent after an earlier write failed: %s".formatted(route, first.getMessage()),
        first);
  }
}
