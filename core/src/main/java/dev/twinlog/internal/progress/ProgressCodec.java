package dev.twinlog.internal.progress;

import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.SourcePartition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * Encodes and decodes the stored form of a {@link Progress}. Version 1, all numbers big-endian,
 * texts UTF-8 after a 32-bit length:
 *
 * <pre>
 * version 1 byte | topic, partition | topic id? 1 byte, then 16 | sourceNext 8 | clean 1 | fingerprint
 * routes 4, then for each: source topic, partition | target topic, partition | written 8 | targetNext 8 | sinkState
 * source leader epoch? 1 byte, then 4
 * </pre>
 *
 * <p>The source leader epoch was added later. A progress without it ends before that byte: either
 * it was written by an older version, or the epoch wasn't known.
 *
 * <p>Version 2, since 0.4, is that of a progress that skips offsets, which an older version would
 * copy. The version byte is followed by the release, see {@link StoredForm}; the rest is the same,
 * with the flag of the epoch always there, and at the end:
 *
 * <pre>
 * number of skipped parts 4, then for each: offsets since the last part | its length | leader epoch + 1; as varint
 * </pre>
 *
 * <p>The leader epoch is that for which the offsets are skipped, see {@link SkippedOffsets.Part}; 0
 * is for any. The form of 0.3, which is read only, had no such epochs.
 *
 * <p>Thread-safe.
 */
public final class ProgressCodec {
  private static final int VERSION = 1;
  private static final byte[] SKIPPING = {2, 3, '0', '.', '4'};
  private static final byte[] SKIPPING_ANY_EPOCH = {2, 3, '0', '.', '3'};

  /** Four lengths or partition numbers for two topic-partitions, two longs, one length. */
  private static final int SMALLEST_ROUTE = 4 * 4 + 2 * 8 + 4;

  private ProgressCodec() {}

  public static byte[] encode(Progress progress) {
    if (progress.skipped().isEmpty()) {
      FieldWriter out = body(progress);
      progress.sourceLeaderEpoch().ifPresent(epoch -> out.flag(true).int32(epoch));
      return out.toByteArray();
    }
    byte[] body = skipping(progress);
    byte[] stored = Arrays.copyOf(SKIPPING, SKIPPING.length + body.length - 1);
    System.arraycopy(body, 1, stored, SKIPPING.length, body.length - 1);
    return stored;
  }

  private static byte[] skipping(Progress progress) {
    FieldWriter out = body(progress).flag(progress.sourceLeaderEpoch().isPresent());
    progress.sourceLeaderEpoch().ifPresent(out::int32);
    return out.parts(progress.skipped().parts()).toByteArray();
  }

  private static FieldWriter body(Progress progress) {
    FieldWriter out = new FieldWriter(VERSION).topicPartition(progress.source().partition());
    Optional<Uuid> topicId = progress.source().topicId();
    out.flag(topicId.isPresent());
    topicId.ifPresent(
        id -> out.int64(id.getMostSignificantBits()).int64(id.getLeastSignificantBits()));
    out.int64(progress.sourceNext()).flag(progress.clean()).string(progress.stagesFingerprint());
    out.int32(progress.routes().size());
    for (RouteProgress route : progress.routes()) {
      out.topicPartition(route.route().source())
          .topicPartition(route.route().target())
          .int64(route.written())
          .int64(route.targetNext())
          .bytes(route.sinkState());
    }
    return out;
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws LinkFailedException if the version is unknown or the bytes are damaged
   */
  public static Progress decode(byte[] stored) {
    if (begins(stored, SKIPPING)) {
      return decodeSkipping(stored, in -> SkippedOffsets.ofParts(in.parts()));
    }
    if (begins(stored, SKIPPING_ANY_EPOCH)) {
      return decodeSkipping(stored, in -> SkippedOffsets.of(in.ranges()));
    }
    return FieldReader.read(
        "progress", stored, VERSION, in -> decodeBody(in, nothing -> SkippedOffsets.none()));
  }

  private static boolean begins(byte[] stored, byte[] header) {
    return stored.length >= header.length
        && Arrays.equals(stored, 0, header.length, header, 0, header.length);
  }

  private static Progress decodeSkipping(
      byte[] stored, Function<FieldReader, SkippedOffsets> skipped) {
    byte[] body = Arrays.copyOfRange(stored, SKIPPING.length - 1, stored.length);
    body[0] = VERSION;
    return FieldReader.read("progress", body, VERSION, in -> decodeBody(in, skipped));
  }

  private static Progress decodeBody(
      FieldReader in, Function<FieldReader, SkippedOffsets> skipped) {
    TopicPartition partition = in.topicPartition();
    Optional<Uuid> topicId =
        in.flag() ? Optional.of(new Uuid(in.int64(), in.int64())) : Optional.empty();
    long sourceNext = in.int64();
    boolean clean = in.flag();
    String fingerprint = in.string();
    int count = in.count(SMALLEST_ROUTE);
    List<RouteProgress> routes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Route route = new Route(in.topicPartition(), in.topicPartition());
      routes.add(new RouteProgress(route, in.int64(), in.int64(), in.bytes()));
    }
    OptionalInt leaderEpoch =
        in.hasMore() && in.flag() ? OptionalInt.of(in.int32()) : OptionalInt.empty();
    return new Progress(
        new SourcePartition(partition, topicId),
        sourceNext,
        clean,
        fingerprint,
        routes,
        leaderEpoch,
        skipped.apply(in));
  }
}
