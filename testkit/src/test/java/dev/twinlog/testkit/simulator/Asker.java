package dev.twinlog.testkit.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.BatchSplitter;
import dev.twinlog.internal.kafka.wire.message.AddPartitionsToTxn;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.EndTxn;
import dev.twinlog.internal.kafka.wire.message.FetchRequest;
import dev.twinlog.internal.kafka.wire.message.FetchResponse;
import dev.twinlog.internal.kafka.wire.message.FindCoordinator;
import dev.twinlog.internal.kafka.wire.message.InitProducerId;
import dev.twinlog.internal.kafka.wire.message.ListOffsets;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.message.ProduceRequest;
import dev.twinlog.internal.kafka.wire.message.ProduceResponse;
import dev.twinlog.internal.kafka.wire.message.WriteTxnMarkers;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.testkit.simulator.model.ModelRecords;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;

/**
 * Sends a script's requests to a lab and records the responses, without what differs from cluster
 * to cluster, such as producer ids and times.
 */
final class Asker {
  private final Lab lab;
  private final List<String> notes = new ArrayList<>();
  private final Map<Long, String> producers = new HashMap<>();
  private long timestamp;
  private String known = "";

  Asker(Lab lab) {
    this.lab = lab;
    this.timestamp = lab.nowMs();
  }

  /** A producer of the script. */
  record Id(long producerId, short epoch) {
    Id next() {
      return new Id(producerId, (short) (epoch + 1));
    }
  }

  Lab lab() {
    return lab;
  }

  List<String> notes() {
    return notes;
  }

  void note(String what) {
    notes.add(what);
  }

  /** Creates the topic of the following requests. */
  String createTopic(int partitions) {
    known = lab.createTopic(partitions, 10_000);
    return known;
  }

  /** Sets the timestamp of records produced from now on. */
  void timestamp(long millis) {
    timestamp = millis;
  }

  private String alias(long producerId) {
    return producerId < 0
        ? "no producer"
        : producers.computeIfAbsent(producerId, id -> "p" + producers.size());
  }

  // Producing.

  ByteBuffer batch(Id as, int sequence, int count) {
    List<ReplicationRecord> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] bytes = ("s" + (sequence + i)).getBytes(UTF_8);
      records.add(
          ReplicationRecord.of(
              i,
              timestamp,
              bytes,
              bytes,
              new ProducerRecord<byte[], byte[]>("any", bytes).headers()));
    }
    return ModelRecords.encode(records, as.producerId(), as.epoch(), sequence);
  }

  void produce(TopicPartition to, Id as, int sequence, int count) {
    produce(to, batch(as, sequence, count));
  }

  void produce(TopicPartition to, ByteBuffer batch) {
    produce(to, lab.topicId(to.topic()), batch, 13);
  }

  void produce(TopicPartition to, Uuid id, ByteBuffer batch, int version) {
    MessageWriter body = new MessageWriter();
    ProduceRequest request = new ProduceRequest(body, (short) version);
    request.begin(10_000, 1);
    request.topic(to.topic(), id, 1);
    ByteBuffer head = batch.slice(0, BatchHeader.SIZE);
    ByteBuffer rest = batch.slice(BatchHeader.SIZE, batch.limit() - BatchHeader.SIZE);
    request.partition(to.partition(), BatchHeader.SIZE, rest).put(head);
    request.rest(rest);
    request.endTopic();
    request.end();
    ProduceResponse.Partition told =
        ProduceResponse.read(
                lab.ask(anyLeader().broker(), Api.PRODUCE, version, body), (short) version)
            .partitions()
            .get(0);
    note(
        "%s epoch %d sequence %d: %s at %d"
            .formatted(
                alias(BatchHeader.producerId(batch, 0)),
                BatchHeader.producerEpoch(batch, 0),
                BatchHeader.baseSequence(batch, 0),
                Errors.forCode(told.error()),
                told.baseOffset()));
  }

  private Leader anyLeader() {
    return lab.leader(new TopicPartition(known, 0));
  }

  private static void check(int turns, String what) {
    if (turns > 1_000) {
      throw new AssertionError(what);
    }
  }

  // Transactions.

  /** Requests a producer id without a transactional id. */
  Id newId() {
    for (int i = 0; ; i++) {
      InitProducerId told =
          InitProducerId.read(
              lab.ask(anyLeader().broker(), Api.INIT_PRODUCER_ID, 4, InitProducerId.request()));
      if (told.error() == 0) {
        return new Id(told.producerId(), told.producerEpoch());
      }
      check(i, "no producer id: " + Errors.forCode(told.error()));
      lab.cluster().poll(20_000_000);
      lab.pass();
    }
  }

  /** Initializes a transactional id; retries while its coordinator ends a transaction. */
  Id init(String transactionalId) {
    return init(transactionalId, 60_000);
  }

  Id init(String transactionalId, int timeoutMs) {
    return init(transactionalId, timeoutMs, true);
  }

  /**
   * Initializes a transactional id whose transaction ends by itself. A real coordinator may still
   * be completing it after its marker is in the log; whether it is, is a matter of time and not
   * noted.
   */
  Id initAfterTimeout(String transactionalId) {
    return init(transactionalId, 60_000, false);
  }

  private Id init(String transactionalId, int timeoutMs, boolean noteWaiting) {
    awaitCoordinator(transactionalId);
    boolean waited = false;
    for (int i = 0; ; i++) {
      InitProducerId told = initOnce(transactionalId, timeoutMs);
      Errors error = Errors.forCode(told.error());
      if (error == Errors.NONE) {
        note(
            "init%s: %s epoch %d"
                .formatted(
                    waited && noteWaiting ? ", after a transaction" : "",
                    alias(told.producerId()),
                    told.producerEpoch()));
        return new Id(told.producerId(), told.producerEpoch());
      }
      waited |= error == Errors.CONCURRENT_TRANSACTIONS;
      check(i, transactionalId + " is not initialized: " + error);
      lab.cluster().poll(20_000_000);
      lab.pass();
    }
  }

  private void awaitCoordinator(String transactionalId) {
    MessageWriter body = FindCoordinator.request(List.of(transactionalId));
    for (int i = 0; ; i++) {
      FindCoordinator.Coordinator told =
          FindCoordinator.read(lab.ask(anyLeader().broker(), Api.FIND_COORDINATOR, 4, body))
              .coordinators()
              .get(0);
      if (told.error() == 0) {
        note("coordinator of %s: broker %d".formatted(told.key(), told.broker()));
        return;
      }
      check(i, "no coordinator: " + Errors.forCode(told.error()));
      lab.cluster().poll(20_000_000);
      lab.pass();
    }
  }

  private InitProducerId initOnce(String transactionalId, int timeoutMs) {
    return InitProducerId.read(
        lab.ask(
            anyLeader().broker(),
            Api.INIT_PRODUCER_ID,
            4,
            InitProducerId.request(transactionalId, timeoutMs)));
  }

  /** Adds a partition to a transaction; retries while another transaction is being ended. */
  void add(String transactionalId, Id as, TopicPartition partition) {
    Errors error = Errors.CONCURRENT_TRANSACTIONS;
    for (int i = 0; error == Errors.CONCURRENT_TRANSACTIONS; i++) {
      check(i, transactionalId + " is not ready");
      MessageWriter body =
          AddPartitionsToTxn.request(transactionalId, as.producerId(), as.epoch(), partition);
      error =
          Errors.forCode(
              AddPartitionsToTxn.read(
                      lab.ask(anyLeader().broker(), Api.ADD_PARTITIONS_TO_TXN, 3, body))
                  .error());
      lab.pass();
    }
    note("add partition %d: %s".formatted(partition.partition(), error));
  }

  void end(String transactionalId, Id as) {
    Errors error = Errors.CONCURRENT_TRANSACTIONS;
    for (int i = 0; error == Errors.CONCURRENT_TRANSACTIONS; i++) {
      check(i, transactionalId + " is not ready");
      MessageWriter body = EndTxn.request(transactionalId, as.producerId(), as.epoch());
      error =
          Errors.forCode(EndTxn.read(lab.ask(anyLeader().broker(), Api.END_TXN, 3, body)).error());
      lab.pass();
    }
    note("end: " + error);
  }

  /** Runs an empty transaction and waits for its marker. */
  void fence(String transactionalId, Id as, TopicPartition partition) {
    long before = end(partition);
    add(transactionalId, as, partition);
    end(transactionalId, as);
    awaitEnd(partition, before + 1);
  }

  void marker(Id as, TopicPartition partition) {
    MessageWriter body = WriteTxnMarkers.request(as.producerId(), as.epoch(), partition);
    short error =
        WriteTxnMarkers.read(lab.ask(anyLeader().broker(), Api.WRITE_TXN_MARKERS, 1, body)).error();
    note("marker: " + Errors.forCode(error));
  }

  // Reading.

  long end(TopicPartition partition) {
    return offset(partition, ListOffsets.LATEST, -1).offset();
  }

  ListOffsets.Partition offset(TopicPartition partition, long position, int leaderEpoch) {
    MessageWriter body =
        ListOffsets.request(
            position,
            Map.of(
                partition.topic(),
                List.of(new ListOffsets.Wanted(partition.partition(), leaderEpoch))));
    return ListOffsets.read(lab.ask(anyLeader().broker(), Api.LIST_OFFSETS, 7, body))
        .partitions()
        .get(0);
  }

  void noteOffset(TopicPartition partition, long position, int leaderEpoch) {
    ListOffsets.Partition told = offset(partition, position, leaderEpoch);
    note("offset: %s %d".formatted(Errors.forCode(told.error()), told.offset()));
  }

  void awaitEnd(TopicPartition partition, long least) {
    for (int i = 0; end(partition) < least; i++) {
      check(i, partition + " does not reach " + least);
      lab.cluster().poll(5_000_000);
      lab.pass();
    }
  }

  FetchResponse.Partition fetch(
      TopicPartition partition, Uuid id, int leaderEpoch, long offset, int maxBytes) {
    FetchRequest.Wanted wanted =
        new FetchRequest.Wanted(partition.partition(), leaderEpoch, offset, -1, maxBytes);
    MessageWriter body =
        new FetchRequest(100, 1, 1 << 20, false, 0, -1)
            .write(Map.of(id, List.of(wanted)), Map.of());
    FetchResponse told = FetchResponse.read(lab.ask(anyLeader().broker(), Api.FETCH, 13, body));
    return told.partitions().get(0);
  }

  void noteFetch(TopicPartition partition, int leaderEpoch, long offset, int maxBytes) {
    noteFetch(partition, lab.topicId(partition.topic()), leaderEpoch, offset, maxBytes);
  }

  void noteFetch(TopicPartition partition, Uuid id, int leaderEpoch, long offset, int maxBytes) {
    FetchResponse.Partition told = fetch(partition, id, leaderEpoch, offset, maxBytes);
    note(
        "fetch %d: %s, high watermark %d, start %d, %s bytes"
            .formatted(
                offset,
                Errors.forCode(told.error()),
                told.highWatermark(),
                told.logStart(),
                told.records().remaining()));
    noteBatches(told.records());
  }

  /** Records the whole log. */
  void noteLog(TopicPartition partition) {
    noteBatches(fetch(partition, lab.topicId(partition.topic()), -1, 0, 1 << 20).records());
  }

  private void noteBatches(ByteBuffer records) {
    BatchSplitter cutter = new BatchSplitter();
    ByteBuffer all = ByteBuffer.allocate(records.remaining()).put(records.duplicate()).flip();
    cutter.over(all);
    while (cutter.next()) {
      int at = cutter.position();
      note(
          "  batch %d to %d, attributes %x, %s epoch %d sequence %d, %d records, %d bytes"
              .formatted(
                  BatchHeader.baseOffset(all, at),
                  BatchHeader.nextOffset(all, at) - 1,
                  BatchHeader.attributes(all, at),
                  alias(BatchHeader.producerId(all, at)),
                  BatchHeader.producerEpoch(all, at),
                  BatchHeader.baseSequence(all, at),
                  BatchHeader.recordCount(all, at),
                  cutter.size()));
    }
  }
}
