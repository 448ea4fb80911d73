package dev.twinlog.testkit.simulator.model;

import dev.twinlog.internal.batch.V2BatchDecoder;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A log cleaner: of records with the same key it keeps the last one. A batch keeps its offsets and
 * sequences, and is removed when it is empty, unless it is the last one of a producer that the
 * leader remembers.
 */
final class ModelCleaner {

  /** Cleans the first batches of a log. */
  void clean(List<ModelBatch> log, int batches, Predicate<ModelBatch> isLastOfProducer) {
    Set<ByteBuffer> seen = new HashSet<>();
    List<ModelBatch> kept = new ArrayList<>();
    for (int i = batches - 1; i >= 0; i--) {
      ModelBatch batch = log.get(i);
      if (batch.isControl()) {
        kept.add(0, batch);
        continue;
      }
      List<ReplicationRecord> all = new V2BatchDecoder().decode(batch.bytes());
      List<ReplicationRecord> left = new ArrayList<>();
      for (int r = all.size() - 1; r >= 0; r--) {
        byte[] key = all.get(r).key();
        if (key == null || seen.add(ByteBuffer.wrap(key))) {
          left.add(0, all.get(r));
        }
      }
      if (left.size() == all.size()) {
        kept.add(0, batch);
      } else if (!left.isEmpty() || isLastOfProducer.test(batch)) {
        kept.add(0, batch.cleaned(ModelRecords.encode(left, batch)));
      }
    }
    log.subList(0, batches).clear();
    log.addAll(0, kept);
  }
}
