package dev.twinlog.internal.kafka.wire.ledger.rules;

import dev.twinlog.internal.kafka.state.SinkStateKind;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState.RecordId;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState.SequenceRange;
import dev.twinlog.internal.progress.StoredForm;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The stored form of a {@link LedgerState}, all big endian:
 *
 * <pre>
 * version 1 | generation 4 | producer id 8 | epoch 2 | topic id 16 | formerOwners since 8 | from 8
 * ranges 4 | of each: producer id 8 | epoch 2 | sequence 4 | count 8 | from 8
 * anchor 1 | if there is one: offset 8 | producer id 8 | epoch 2 | sequence 4
 * since 0.2: leader epoch of from 4
 * since 0.3: former producers 4 | of each: producer id 8
 * </pre>
 *
 * <p>Trailing fields of newer versions are skipped, see {@link StoredForm}. Stateless.
 */
public final class LedgerStateCodec {
  static final byte VERSION = SinkStateKind.LEDGER.code();

  private static final int FIXED = 1 + 4 + 8 + 2 + 16 + 8 + 8 + 4 + 1 + 4 + 4;
  private static final int RANGE = 8 + 2 + 4 + 8 + 8;
  private static final int RECORD_ID = 8 + 8 + 2 + 4;

  private LedgerStateCodec() {}

  /** Whether a state was issued by the record path. */
  public static boolean isOfRecordPath(byte[] stored) {
    return SinkStateKind.RECORD_PATH.matches(stored);
  }

  public static byte[] write(LedgerState state) {
    int size =
        FIXED
            + state.ranges().size() * RANGE
            + (state.anchor().isPresent() ? RECORD_ID : 0)
            + state.formerProducers().size() * Long.BYTES;
    ByteBuffer out = ByteBuffer.allocate(size);
    out.put(VERSION).putInt(state.generation()).putLong(state.producerId());
    out.putShort(state.epoch()).putLong(state.topicId().getMostSignificantBits());
    out.putLong(state.topicId().getLeastSignificantBits()).putLong(state.formerOwnersSinceMs());
    out.putLong(state.from());
    out.putInt(state.ranges().size());
    for (SequenceRange range : state.ranges()) {
      out.putLong(range.producerId()).putShort(range.epoch()).putInt(range.sequence());
      out.putLong(range.count()).putLong(range.from());
    }
    out.put((byte) (state.anchor().isPresent() ? 1 : 0));
    state
        .anchor()
        .ifPresent(
            anchor ->
                out.putLong(anchor.offset())
                    .putLong(anchor.producerId())
                    .putShort(anchor.epoch())
                    .putInt(anchor.sequence()));
    out.putInt(state.fromEpoch());
    out.putInt(state.formerProducers().size());
    state.formerProducers().forEach(out::putLong);
    return out.array();
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws LinkFailedException if the state is of another version or damaged
   */
  public static LedgerState read(Route route, byte[] stored) {
    ByteBuffer in = ByteBuffer.wrap(stored);
    try {
      in.get();
      StoredForm.checkVersion("the sink's state of " + route, stored, 0, VERSION);
      return state(in);
    } catch (BufferUnderflowException e) {
      throw damaged(route, "it ends after %d bytes".formatted(stored.length), e);
    }
  }

  /**
   * Returns the producer ids under which the link has written a route, as far as its progress has
   * them: that of its session, and those of former ones.
   */
  public static Set<Long> producerIds(RouteProgress route) {
    if (!SinkStateKind.LEDGER.matches(route.sinkState())) {
      return Set.of();
    }
    LedgerState state;
    try {
      state = read(route.route(), route.sinkState());
    } catch (LinkFailedException e) {
      return Set.of(); // the route's recovery reports it
    }
    Set<Long> ids = new HashSet<>(state.producers());
    ids.removeIf(id -> id < 0);
    return ids;
  }

  private static LedgerState state(ByteBuffer in) {
    int generation = in.getInt();
    long producerId = in.getLong();
    short epoch = in.getShort();
    Uuid topicId = new Uuid(in.getLong(), in.getLong());
    long formerOwnersSinceMs = in.getLong();
    long from = in.getLong();
    int count = in.getInt();
    if (count < 0 || (long) count * RANGE > in.remaining()) {
      throw new BufferUnderflowException();
    }
    List<SequenceRange> ranges = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      ranges.add(
          new SequenceRange(in.getLong(), in.getShort(), in.getInt(), in.getLong(), in.getLong()));
    }
    Optional<RecordId> anchor =
        in.get() == 0
            ? Optional.empty()
            : Optional.of(new RecordId(in.getLong(), in.getLong(), in.getShort(), in.getInt()));
    int fromEpoch = in.hasRemaining() ? in.getInt() : LedgerState.EPOCH_UNKNOWN;
    return new LedgerState(
        generation,
        producerId,
        epoch,
        topicId,
        formerOwnersSinceMs,
        from,
        fromEpoch,
        ranges,
        anchor,
        in.hasRemaining() ? formerProducers(in) : List.of());
  }

  private static List<Long> formerProducers(ByteBuffer in) {
    int count = in.getInt();
    if (count < 0 || (long) count * Long.BYTES > in.remaining()) {
      throw new BufferUnderflowException();
    }
    List<Long> ids = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      ids.add(in.getLong());
    }
    return ids;
  }

  private static LinkFailedException damaged(Route route, String why, @Nullable Throwable cause) {
    return new LinkFailedException(
        "the sink's state of %s is damaged: %s".formatted(route, why), cause);
  }
}
