package dev.twinlog.internal.kafka.wire.write;

import static dev.twinlog.internal.kafka.wire.write.WriterRig.route;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.batch.Compression;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.WriteAck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;

/** A route that the ledger has recovered, and the writer that writes it. */
abstract class RecoveredRoute {
  static final Route ROUTE = route(0, 0);
  static final long DAY_MS = Duration.ofDays(1).toMillis();
  final FakeLedger ledger = new FakeLedger(DAY_MS);
  final WriterRig rig = new WriterRig(ledger);
  final FakePartition partition = rig.target.create(ROUTE.target());

  long now() {
    return rig.target.clock().millis();
  }

  void open(boolean formerOwners, long markedAtMs) {
    ledger.issue(ROUTE, formerOwners, markedAtMs);
    rig.writer.open(ROUTE);
    rig.poll();
  }

  void openFenced() {
    open(false, now());
  }

  CompletableFuture<WriteAck> write(long from, long to, long timestamp) {
    return rig.write(ROUTE, batch(from, to, timestamp));
  }

  static ReplicationBatch batch(long from, long to, long timestamp) {
    List<ReplicationRecord> records =
        LongStream.range(from, to).mapToObj(i -> WriterRig.record(i, timestamp)).toList();
    return ReplicationBatch.ofEncoded(ROUTE.source(), WriterRig.bytes(records, Compression.NONE));
  }

  List<CompletableFuture<WriteAck>> writes(int count, long timestamp) {
    List<CompletableFuture<WriteAck>> stages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      stages.add(write(10L * i, 10L * i + 10, timestamp));
      rig.poll();
    }
    return stages;
  }

  int inFlight() {
    return rig.target.requests(FakeTarget.FIRST).size();
  }

  void answer() {
    rig.target.answer(FakeTarget.FIRST);
  }

  void land(CompletableFuture<WriteAck> stage) {
    rig.poll();
    answer();
    assertThat(stage).isCompleted();
  }

  void rest(Duration time) {
    for (long left = time.toMillis(); left > 0; left -= 500) {
      rig.target.pass(Duration.ofMillis(500).toNanos());
      rig.poll();
      rig.target.answerAll();
    }
  }
}
