package dev.twinlog.internal.kafka.records.transactional;

import dev.twinlog.internal.kafka.state.PositionTopic;
import dev.twinlog.internal.kafka.state.PositionTopic.LastRecord;
import dev.twinlog.internal.kafka.state.SinkStateKind;
import dev.twinlog.internal.progress.StoredForm;
import dev.twinlog.spi.LinkFailedException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.Uuid;

/**
 * The record path's state in a route's progress, saved before the route's first write: it names
 * every transactional id that may have written the route since, and identifies this session's
 * positions.
 *
 * <pre>
 * 'T' | version 1 | lanes 2 | session 8 | resume at 8 | id of the target topic 16 | codec, to a byte 0 or the end
 * target offset of the last record 8 | its fingerprint 8 | its timestamp 8 | leader epoch 4
 * id of the topic of positions, mixed with its first offset 16
 * </pre>
 *
 * <p>The second line is there since version 0.2, with the offset −1 if that record is not known;
 * what follows the third one is of a newer version and skipped, see {@link StoredForm}.
 *
 * @param lanes how many lanes the instance had; the route belonged to one of them
 * @param session identifies the positions that were written since
 * @param resumeAt the source offset before which the target had everything of the route when the
 *     session began; {@link #AT_PROGRESS} if nothing was known beyond the progress
 * @param targetId the target topic's id; {@link Uuid#ZERO_UUID} if it is not known
 * @param codec the codec of the producers
 * @param anchor the last record of the route when the session began; empty if it is not known
 * @param positionsId see {@link PositionTopic#ensure}; {@link Uuid#ZERO_UUID} if it is not known
 */
record RouteState(
    int lanes,
    long session,
    long resumeAt,
    Uuid targetId,
    String codec,
    Optional<LocatedRecord> anchor,
    Uuid positionsId) {
  static final long AT_PROGRESS = -1;

  private static final byte VERSION = 1;
  private static final long NO_ANCHOR = -1;
  private static final LastRecord NOTHING = new LastRecord(0, 0, -1);
  private static final int HEAD = 2 + 2 + 8 + 8 + 16;
  private static final int TAIL = 1 + 8 + 8 + 8 + 4;

  byte[] encode() {
    byte[] name = codec.getBytes(StandardCharsets.UTF_8);
    boolean isFirstForm = anchor.isEmpty() && positionsId.equals(Uuid.ZERO_UUID);
    ByteBuffer out = ByteBuffer.allocate(HEAD + name.length + (isFirstForm ? 0 : TAIL + 16));
    out.put(SinkStateKind.RECORD_PATH.code())
        .put(VERSION)
        .putShort((short) lanes)
        .putLong(session)
        .putLong(resumeAt)
        .putLong(targetId.getMostSignificantBits())
        .putLong(targetId.getLeastSignificantBits())
        .put(name);
    if (!isFirstForm) {
      out.put((byte) 0).putLong(anchor.map(LocatedRecord::offset).orElse(NO_ANCHOR));
      anchor.map(LocatedRecord::last).orElse(NOTHING).write(out);
      out.putLong(positionsId.getMostSignificantBits())
          .putLong(positionsId.getLeastSignificantBits());
    }
    return out.array();
  }

  /**
   * Parses what {@link #encode} wrote.
   *
   * @throws LinkFailedException if it is of another version, or damaged
   */
  static RouteState decode(byte[] stored) {
    ByteBuffer in = ByteBuffer.wrap(stored);
    try {
      byte kind = in.get();
      in.get();
      if (kind != SinkStateKind.RECORD_PATH.code()) {
        throw new LinkFailedException(
            "a route's state is of kind %d, which this sink does not know: it was written by another sink"
                .formatted(kind));
      }
      StoredForm.checkVersion("a route's state", stored, 1, VERSION);
      return new RouteState(
          in.getShort(),
          in.getLong(),
          in.getLong(),
          new Uuid(in.getLong(), in.getLong()),
          codec(in),
          anchor(in),
          positionsId(in));
    } catch (BufferUnderflowException e) {
      throw new LinkFailedException(
          "a route's state is damaged: it has only " + stored.length + " bytes", e);
    }
  }

  private static String codec(ByteBuffer in) {
    int length = 0;
    while (length < in.remaining() && in.get(in.position() + length) != 0) {
      length++;
    }
    byte[] name = new byte[length];
    in.get(name);
    return new String(name, StandardCharsets.UTF_8);
  }

  private static Optional<LocatedRecord> anchor(ByteBuffer in) {
    if (in.remaining() < TAIL) {
      return Optional.empty();
    }
    in.get();
    long offset = in.getLong();
    return LastRecord.read(in)
        .filter(last -> offset != NO_ANCHOR)
        .map(last -> new LocatedRecord(offset, last));
  }

  private static Uuid positionsId(ByteBuffer in) {
    return in.remaining() < 16 ? Uuid.ZERO_UUID : new Uuid(in.getLong(), in.getLong());
  }

  /** Returns every transactional id under which the route may have been written in this session. */
  List<String> transactionalIds(String link) {
    List<String> ids = new ArrayList<>(2 * lanes);
    for (int lane = 0; lane < lanes; lane++) {
      ids.add(transactionalId(link, lane, codec, false));
      ids.add(transactionalId(link, lane, codec, true));
    }
    return ids;
  }

  /**
   * Returns the transactional id of a producer. A link's name has no dot, so no two links share
   * one.
   *
   * @param isolated whether it is the one for routes whose transactions failed
   */
  static String transactionalId(String link, int lane, String codec, boolean isolated) {
    return "twinlog.%s.records.%d.%s%s".formatted(link, lane, codec, isolated ? ".apart" : "");
  }
}
