package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.progress.StoredForm;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic {@code twinlog.<link>.positions}: the positions of the record path's routes, written in
 * the same transactions as their records.
 *
 * <p>It is separate from the state topic for two reasons. A transaction that a crash has left open
 * blocks every read-committed reader of the partitions that it wrote to; a new owner must read the
 * whole state before it knows which transactions to end. And a new owner reads all of the state
 * topic, which this topic's ten records per second and route would make long.
 *
 * <pre>
 * key    1 | 'R' | source partition 4 | target partition 4 | length of source topic 2 | source topic | target topic
 * value  1 | session 8 | source offset 8 | fingerprint of the last record 8 | its timestamp 8 | leader epoch 4
 * </pre>
 *
 * <p>For other keys the rule of {@link StateRecords} holds, for values that of {@link StoredForm}.
 *
 * <p>What was read is kept, so that the next read begins where the last one ended. Confined to one
 * thread at a time, except {@link #record} and {@link #notes}.
 */
public final class PositionTopic {
  private static final Logger LOG = LoggerFactory.getLogger(PositionTopic.class);
  private static final byte VERSION = 1;
  private static final byte POSITION = 'R';
  private static final int KEY_HEAD = 2 + 4 + 4 + 2;
  private static final int VALUE_BYTES = 1 + 8 + 8;
  private static final int LAST_BYTES = 8 + 8 + 4;

  /**
   * How far a route was copied.
   *
   * @param session of the route's recovery
   * @param sourceNext everything of the route before this source offset is in the target
   * @param last the record directly before it; empty if an older version wrote the position
   */
  public record Position(long session, long sourceNext, Optional<LastRecord> last) {}

  /**
   * The properties by which the last record of a route is recognized.
   *
   * @param fingerprint of key, value and headers, see {@link dev.twinlog.spi.RecordFingerprint}
   * @param timestamp the one that it was sent with; a target may have stored another one
   * @param leaderEpoch an epoch of the target partition's leader under which everything before was
   *     known to be there; negative if there is none
   */
  public record LastRecord(long fingerprint, long timestamp, int leaderEpoch) {

    /** Appends it to a buffer. */
    public void write(ByteBuffer out) {
      out.putLong(fingerprint).putLong(timestamp).putInt(leaderEpoch);
    }

    /** Parses what {@link #write} wrote; empty if an older version wrote nothing there. */
    public static Optional<LastRecord> read(ByteBuffer in) {
      return in.remaining() < LAST_BYTES
          ? Optional.empty()
          : Optional.of(new LastRecord(in.getLong(), in.getLong(), in.getInt()));
    }
  }

  private final LazyAdmin admin;
  private final StateTopic topic;
  private final TopicPartition partition;
  private final Map<Route, Position> known = new HashMap<>();
  private IgnoredRecords ignored = new IgnoredRecords();
  private long readUpTo;
  private final StateWatch watch;
  private boolean begun;
  private final Set<String> noted = new HashSet<>();

  /** Creates the positions of a link. */
  public PositionTopic(LazyAdmin target, String link) {
    this.admin = target;
    this.topic = new StateTopic(target, "twinlog." + link + ".positions");
    this.partition = new TopicPartition(topic.name(), 0);
    this.watch = new StateWatch(target, topic, "positions are written to it as routes continue");
  }

  public String name() {
    return topic.name();
  }

  /**
   * Creates the topic unless it exists, and checks whether it is the same one.
   *
   * @return its id, or another one where records have been deleted from it; zero if it is not known
   *     yet
   */
  public Uuid ensure() {
    if (begun) {
      watch.suspectUnlessNew();
      look();
    } else {
      watch.begin(topic.ensure());
      begun = true;
    }
    // compaction leaves the first offset: it is above 0 where somebody has deleted records
    Uuid id = watch.topicId();
    return id.equals(Uuid.ZERO_UUID)
        ? id
        : new Uuid(id.getMostSignificantBits(), id.getLeastSignificantBits() ^ watch.start());
  }

  /**
   * Checks, if it is time, whether the topic is still the same one, and repairs what is wrong;
   * otherwise producers would have brokers create it with their default configs.
   */
  public void look() {
    if (begun && watch.isLost()) {
      forget();
    }
  }

  private void forget() {
    known.clear();
    ignored = new IgnoredRecords();
    readUpTo = 0;
  }

  /** Returns notes about the topic. Any thread. */
  public Map<String, List<String>> notes() {
    List<String> notes = watch.notes();
    return notes.isEmpty() ? Map.of() : Map.of(name(), notes);
  }

  /** Returns the record with a route's position. Any thread. */
  public ProducerRecord<byte[], byte[]> record(Route route, Position position) {
    return new ProducerRecord<>(topic.name(), 0, keyOf(route), valueOf(position));
  }

  /**
   * Returns everything that is committed now. Open transactions are not waited for, and hide what
   * was committed behind them: end them before.
   */
  public Map<Route, Position> read() {
    Consumer<byte[], byte[]> consumer = StateTopic.open(admin, "positions");
    try {
      try {
        read(consumer);
      } catch (OffsetOutOfRangeException e) {
        forget(); // it was recreated
        read(consumer);
      }
      for (String note : ignored.notes()) {
        if (noted.add(note)) {
          LOG.warn("topic {} on {}: {}", name(), admin.errors().alias(), note);
        }
      }
      return Map.copyOf(known);
    } catch (RuntimeException e) {
      throw admin.errors().link("read topic " + name(), "READ on Topic " + name(), e);
    } finally {
      StateTopic.close(consumer);
    }
  }

  private void read(Consumer<byte[], byte[]> consumer) {
    List<TopicPartition> only = List.of(partition);
    consumer.assign(only);
    long start =
        consumer.beginningOffsets(only, StateTopic.READ_TIMEOUT).getOrDefault(partition, 0L);
    if (start > watch.start()) {
      throw new RetriableException(
          "records of topic %s on %s are being deleted: it is to be looked at again"
              .formatted(name(), admin.errors().alias()));
    }
    consumer.seek(partition, Math.max(readUpTo, start));
    long end = consumer.endOffsets(only, StateTopic.READ_TIMEOUT).getOrDefault(partition, 0L);
    if (end < readUpTo) {
      throw new OffsetOutOfRangeException(Map.of(partition, readUpTo));
    }
    StateTopic.ReadProgress progress = new StateTopic.ReadProgress();
    while (consumer.position(partition, StateTopic.READ_TIMEOUT) < end) {
      long position = consumer.position(partition, StateTopic.READ_TIMEOUT);
      if (!progress.moves(position)) {
        throw new RetriableException(
            "%s returns nothing more of topic %s at offset %d of %d"
                .formatted(admin.errors().alias(), name(), position, end));
      }
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(StateTopic.POLL)) {
        fold(record);
      }
    }
    readUpTo = end;
  }

  private void fold(ConsumerRecord<byte[], byte[]> record) {
    String where =
        "offset %d of topic %s on %s".formatted(record.offset(), name(), admin.errors().alias());
    routeOf(record.key())
        .ifPresentOrElse(
            route ->
                positionOf(where, record.value())
                    .ifPresentOrElse(at -> known.put(route, at), () -> known.remove(route)),
            () -> ignored.add(where, record.key()));
  }

  static byte[] keyOf(Route route) {
    byte[] source = route.source().topic().getBytes(StandardCharsets.UTF_8);
    byte[] target = route.target().topic().getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(KEY_HEAD + source.length + target.length)
        .put(VERSION)
        .put(POSITION)
        .putInt(route.source().partition())
        .putInt(route.target().partition())
        .putShort((short) source.length)
        .put(source)
        .put(target)
        .array();
  }

  static byte[] valueOf(Position position) {
    ByteBuffer out =
        ByteBuffer.allocate(VALUE_BYTES + (position.last().isPresent() ? LAST_BYTES : 0))
            .put(VERSION)
            .putLong(position.session())
            .putLong(position.sourceNext());
    position.last().ifPresent(last -> last.write(out));
    return out.array();
  }

  /** Returns the route that a key names; empty if it is not the key of a position. */
  static Optional<Route> routeOf(byte @Nullable [] key) {
    if (key == null || key.length < KEY_HEAD || key[0] != VERSION || key[1] != POSITION) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(key, 2, key.length - 2);
    int source = in.getInt();
    int target = in.getInt();
    int length = in.getShort();
    if (length < 0 || length > in.remaining()) {
      return Optional.empty();
    }
    byte[] topic = new byte[length];
    in.get(topic);
    return Optional.of(
        new Route(
            new TopicPartition(new String(topic, StandardCharsets.UTF_8), source),
            new TopicPartition(
                new String(key, in.position(), in.remaining(), StandardCharsets.UTF_8), target)));
  }

  static Optional<Position> positionOf(String where, byte @Nullable [] value) {
    if (value == null) {
      return Optional.empty();
    }
    if (value.length < VALUE_BYTES) {
      throw new LinkFailedException(
          "%s is damaged: its value has only %d bytes".formatted(where, value.length));
    }
    StoredForm.checkVersion("the value at " + where, value, 0, VERSION);
    ByteBuffer in = ByteBuffer.wrap(value, 1, value.length - 1);
    return Optional.of(new Position(in.getLong(), in.getLong(), LastRecord.read(in)));
  }
}
