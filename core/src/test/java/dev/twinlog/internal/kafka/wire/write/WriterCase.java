package dev.twinlog.internal.kafka.wire.write;

import static dev.twinlog.internal.kafka.wire.write.WriterRig.record;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.route;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.WriteAck;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A writer of the batch path, and the scripted brokers that it writes to. */
abstract class WriterCase {
  static final Route ROUTE = route(0, 0);
  final WriterRig rig = new WriterRig();
  final FakePartition partition = rig.open(ROUTE);

  /** Writes a first batch, so that five may be in flight. */
  void prove() {
    CompletableFuture<WriteAck> first = rig.write(ROUTE, 0, 10);
    rig.poll();
    rig.target.answerAll();
    assertThat(first).isCompleted();
  }

  /** Returns writes of ten records, from offset 10 on, large enough that none is merged. */
  List<CompletableFuture<WriteAck>> writes(int count) {
    List<CompletableFuture<WriteAck>> stages = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      stages.add(rig.lent(ROUTE, 10L * i, 10L * i + 10));
      rig.poll();
    }
    return stages;
  }

  static ReplicationRecord sized(long offset, int size) {
    byte[] value = new byte[size];
    new java.util.Random(offset).nextBytes(value);
    return ReplicationRecord.of(offset, 1_000_000, value, value, record(0, 0).headers());
  }
}
