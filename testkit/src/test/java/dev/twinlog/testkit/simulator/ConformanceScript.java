package dev.twinlog.testkit.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.message.ListOffsets;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/** The request scripts that a real broker and the model must answer alike. */
@SuppressWarnings("ImmutableEnumChecker") // its functions keep nothing
enum ConformanceScript {
  A_BATCH_SENT_TWICE_IS_THERE_ONCE(
      ask -> {
        TopicPartition to = new TopicPartition(ask.createTopic(1), 0);
        Asker.Id id = ask.newId();
        ask.produce(to, id, 0, 3);
        ask.produce(to, id, 0, 3);
        ask.produce(to, id, 3, 2);
        ask.produce(to, id, 0, 3);
        ask.produce(to, id, 0, 2); // other sequences, so no duplicate
        ask.noteLog(to);
      }),
  ONLY_FIVE_BATCHES_ARE_REMEMBERED(
      ask -> {
        TopicPartition to = new TopicPartition(ask.createTopic(1), 0);
        Asker.Id id = ask.newId();
        for (int sequence = 0; sequence < 7; sequence++) {
          ask.produce(to, id, sequence, 1);
        }
        for (int sequence = 0; sequence < 7; sequence++) {
          ask.produce(to, id, sequence, 1);
        }
        ask.noteLog(to);
      }),
  A_GAP_IS_REFUSED_AND_LEAVES_NOTHING(
      ask -> {
        TopicPartition to = new TopicPartition(ask.createTopic(1), 0);
        Asker.Id id = ask.newId();
        ask.produce(to, id, 0, 1);
        ask.produce(to, id, 5, 1);
        ask.produce(to, id, 1, 1);
        ask.noteLog(to);
      }),
  AN_UNKNOWN_PRODUCER_MAY_BEGIN_ANYWHERE(
      ask -> {
        TopicPartition to = new TopicPartition(ask.createTopic(1), 0);
        Asker.Id id = ask.newId();
        ask.produce(to, new Asker.Id(id.producerId(), (short) 3), 10, 2);
        ask.produce(to, new Asker.Id(id.producerId(), (short) 3), 0, 1);
        ask.produce(to, new Asker.Id(id.producerId(), (short) 3), 12, 1);
        ask.noteLog(to);
      }),
  A_GREATER_EPOCH_BEGINS_AT_0_AND_FENCES(
      ask -> {
        TopicPartition to = new TopicPartition(ask.createTopic(1), 0);
        Asker.Id id = ask.newId();
        ask.produce(to, id, 0, 2);
        ask.produce(to, id.next(), 2, 1);
        ask.produce(to, id.next(), 0, 1);
        ask.produce(to, id, 2, 1);
        ask.produce(to, id, 0, 2);
        ask.noteLog(to);
      }),
  SEQUENCES_GO_ON_AT_0_BEHIND_THE_GREATEST(
      ask -> {
        TopicPartition to = new TopicPartition(ask.createTopic(1), 0);
        Asker.Id id = ask.newId();
        ask.produce(to, id, Integer.MAX_VALUE - 1, 3);
        ask.produce(to, id, 1, 1);
        ask.produce(to, id, Integer.MAX_VALUE - 1, 3);
        Asker.Id other = ask.newId();
        ask.produce(to, other, Integer.MAX_VALUE, 1);
        ask.produce(to, other, 0, 1);
        ask.noteLog(to);
      }),
  A_MARKER_FENCES_THE_FORMER_EPOCH(
      ask -> {
        TopicPartition to = new TopicPartition(ask.createTopic(1), 0);
        Asker.Id first = ask.init("fence");
        ask.produce(to, first, 0, 2);
        Asker.Id second = ask.init("fence");
        ask.fence("fence", second, to);
        ask.produce(to, first, 2, 1);
        ask.produce(to, first, 0, 2);
        ask.produce(to, second, 10, 1);
        ask.produce(to, second, 0, 1);
        ask.noteLog(to);
      }),
  A_MARKER_AT_ITS_OWN_EPOCH_LEAVES_A_SESSION_AS_IT_IS(
      ask -> {
        TopicPartition to = new TopicPartition(ask.createTopic(1), 0);
        Asker.Id id = ask.init("refresh");
        ask.produce(to, id, 0, 2);
        ask.fence("refresh", id, to);
        ask.produce(to, id, 0, 2);
        ask.produce(to, id, 2, 1);
        ask.fence("refresh", id, to);
        ask.produce(to, id, 3, 1);
        ask.noteLog(to);
      }),
  A_NEW_EPOCH_ALONE_FENCES_NOBODY_IN_A_PARTITION(
      ask -> {
        TopicPartition to = new TopicPartition(ask.createTopic(1), 0);
        Asker.Id first = ask.init("alone");
        ask.produce(to, first, 0, 1);
        ask.init("alone");
        ask.produce(to, first, 1, 1);
        ask.noteLog(to);
      }),
  A_TRANSACTION_HAS_ITS_ERRORS(
      ask -> {
        TopicPartition to = new TopicPartition(ask.createTopic(1), 0);
        Asker.Id id = ask.init("errors");
        ask.end("errors", id);
        ask.add("errors", id.next(), to);
        ask.add("errors", new Asker.Id(id.producerId() + 1_000, id.epoch()), to);
        ask.add("never seen", id, to);
        ask.end("never seen", id);
        ask.add("errors", id, new TopicPartition("no such topic", 0));
        ask.fence("errors", id, to);
        ask.end("errors", id);
        ask.end("errors", id.next());
        ask.end("errors", new Asker.Id(id.producerId() + 1_000, id.epoch()));
        ask.noteLog(to);
      }),
  AN_OPEN_TRANSACTION_IS_ABORTED_BY_THE_NEXT_OWNER(
      ask -> {
        TopicPartition to = new TopicPartition(ask.createTopic(1), 0);
        Asker.Id first = ask.init("open");
        ask.produce(to, first, 0, 1);
        ask.add("open", first, to);
        Asker.Id second = ask.init("open");
        ask.awaitEnd(to, 2);
        ask.produce(to, first, 1, 1);
        ask.produce(to, second, 0, 1);
        ask.noteLog(to);
      }),
  A_TRANSACTION_THAT_TAKES_TOO_LONG_IS_ABORTED(
      ask -> {
        TopicPartition to = new TopicPartition(ask.createTopic(1), 0);
        Asker.Id first = ask.init("slow", 1_000);
        ask.add("slow", first, to);
        ask.awaitEnd(to, 1);
        ask.produce(to, first, 0, 1);
        ask.initAfterTimeout("slow");
        ask.noteLog(to);
      }),
  A_TRANSACTION_MARKS_ALL_ITS_PARTITIONS(
      ask -> {
        String topic = ask.createTopic(3);
        Asker.Id id = ask.init("several");
        for (int i = 0; i < 3; i++) {
          ask.add("several", id, new TopicPartition(topic, i));
        }
        ask.end("several", id);
        for (int i = 0; i < 3; i++) {
          ask.awaitEnd(new TopicPartition(topic, i), 1);
          ask.noteLog(new TopicPartition(topic, i));
        }
      }),
  MARKERS_CAN_BE_WRITTEN_WITHOUT_A_COORDINATOR(
      ask -> {
        TopicPartition to = new TopicPartition(ask.createTopic(1), 0);
        Asker.Id id = ask.newId();
        ask.produce(to, id, 0, 1);
        ask.marker(id.next(), to);
        ask.produce(to, id, 1, 1);
        ask.marker(id, to);
        ask.marker(id.next(), to);
        ask.marker(ask.newId(), to);
        ask.marker(id, new TopicPartition("no such topic", 0));
        ask.noteLog(to);
      }),
  TOPICS_AND_PARTITIONS_THAT_ARE_NOT_THERE(
      ask -> {
        String topic = ask.createTopic(1);
        TopicPartition to = new TopicPartition(topic, 0);
        Asker.Id id = ask.newId();
        Uuid unknown = new Uuid(4_711, 4_711);
        ask.produce(to, unknown, ask.batch(id, 0, 1), 13);
        ask.produce(new TopicPartition(topic, 7), id, 0, 1);
        ask.produce(new TopicPartition("no such topic", 0), Uuid.ZERO_UUID, ask.batch(id, 0, 1), 9);
        ask.produce(to, Uuid.ZERO_UUID, ask.batch(id, 0, 1), 9);
        ask.noteFetch(to, unknown, -1, 0, 1_000);
        ask.noteFetch(new TopicPartition(topic, 7), -1, 0, 1_000);
        ask.noteOffset(new TopicPartition("no such topic", 0), ListOffsets.LATEST, -1);
        ask.noteOffset(new TopicPartition(topic, 7), ListOffsets.LATEST, -1);
      }),
  A_WRONG_LEADER_EPOCH_IS_REFUSED(
      ask -> {
        TopicPartition to = new TopicPartition(ask.createTopic(1), 0);
        ask.produce(to, ask.newId(), 0, 1);
        ask.noteFetch(to, 0, 0, 1_000);
        ask.noteFetch(to, 7, 0, 1_000);
        ask.noteOffset(to, ListOffsets.LATEST, 0);
        ask.noteOffset(to, ListOffsets.LATEST, 7);
      }),
  A_FETCH_GIVES_WHOLE_BATCHES_AND_A_PART(
      ask -> {
        TopicPartition to = new TopicPartition(ask.createTopic(1), 0);
        Asker.Id id = ask.newId();
        for (int i = 0; i < 6; i++) {
          ask.produce(to, id, 3 * i, 3);
        }
        ask.noteFetch(to, -1, 0, 300);
        ask.noteFetch(to, -1, 4, 300);
        ask.noteFetch(to, -1, 17, 10);
        ask.noteFetch(to, -1, 18, 300);
        ask.noteFetch(to, -1, 19, 300);
      }),
  THE_LOG_BEGINS_WHERE_RECORDS_WERE_DELETED(
      ask -> {
        TopicPartition to = new TopicPartition(ask.createTopic(1), 0);
        Asker.Id id = ask.newId();
        for (int i = 0; i < 4; i++) {
          ask.produce(to, id, 3 * i, 3);
        }
        ask.lab().deleteBefore(to, 7);
        ask.noteOffset(to, ListOffsets.EARLIEST, -1);
        ask.noteOffset(to, ListOffsets.LATEST, -1);
        ask.noteFetch(to, -1, 6, 1_000);
        ask.noteFetch(to, -1, 7, 1_000);
        ask.produce(to, id, 0, 3); // its records are deleted, its producer state is not
        ask.produce(to, id, 12, 1);
      }),
  WHAT_IS_NO_BATCH_IS_REFUSED(
      ask -> {
        TopicPartition to = new TopicPartition(ask.createTopic(1), 0);
        Asker.Id id = ask.newId();
        ByteBuffer damaged = ask.batch(id, 0, 2);
        damaged.put(damaged.limit() - 2, (byte) 99);
        ask.produce(to, damaged);
        ask.produce(to, changed(ask.batch(id, 0, 2), BatchHeader.LAST_OFFSET_DELTA, 5));
        ask.produce(to, changed(ask.batch(id, 0, 2), BatchHeader.ATTRIBUTES, 0x00200000));
        ask.produce(to, changed(ask.batch(id, 0, 2), BatchHeader.BASE_SEQUENCE, -1));
        ask.produce(to, large(ask, id));
        ask.produce(to, id, 0, 2);
        ask.noteLog(to);
      }),
  A_RESTART_FORGETS_WHOEVER_WROTE_OLD_RECORDS(
      ask -> {
        String topic = ask.createTopic(3);
        TopicPartition old = new TopicPartition(topic, 0);
        TopicPartition marked = new TopicPartition(topic, 1);
        TopicPartition young = new TopicPartition(topic, 2);
        Asker.Id first = ask.init("restart");
        Asker.Id second = ask.init("restart");
        ask.timestamp(ask.lab().nowMs() - 3 * ModelLab.DAY_MS);
        for (TopicPartition to : new TopicPartition[] {old, marked}) {
          ask.produce(to, first, 0, 1);
          ask.produce(to, second, 0, 1);
          ask.produce(to, second, 1, 1);
        }
        ask.fence("restart", second, marked);
        ask.timestamp(ask.lab().nowMs());
        for (int sequence = 0; sequence < 4; sequence++) {
          ask.produce(young, second, sequence, 1);
        }
        ask.lab().restart();
        for (TopicPartition to : new TopicPartition[] {old, marked, young}) {
          ask.awaitEnd(to, 3);
        }
        ask.produce(old, first, 5, 1); // the fence is gone
        ask.produce(old, second, 1, 1); // and so is the duplicate's first copy
        ask.produce(marked, first, 5, 1);
        ask.produce(marked, second, 1, 1);
        ask.produce(young, second, 3, 1);
        ask.produce(young, second, 2, 1); // only the last one is in the snapshot
        ask.produce(young, first, 0, 1);
        ask.produce(young, second, 4, 1);
        ask.noteLog(old);
        ask.noteLog(marked);
        ask.noteLog(young);
      });

  private final Consumer<Asker> script;

  ConformanceScript(Consumer<Asker> script) {
    this.script = script;
  }

  void run(Asker ask) {
    script.accept(ask);
  }

  /** Overwrites four bytes and updates the batch's checksum. */
  private static ByteBuffer changed(ByteBuffer batch, int at, int value) {
    if (at == BatchHeader.ATTRIBUTES) {
      batch.putShort(at, (short) (value >>> 16));
    } else {
      batch.putInt(at, value);
    }
    CRC32C crc = new CRC32C();
    crc.update(batch.slice(BatchHeader.ATTRIBUTES, batch.limit() - BatchHeader.ATTRIBUTES));
    return batch.putInt(BatchHeader.CRC, (int) crc.getValue());
  }

  private static ByteBuffer large(Asker ask, Asker.Id id) {
    int records = 1 + 12_000 / "s0s0".getBytes(UTF_8).length;
    return ask.batch(id, 0, records);
  }
}
