package dev.twinlog.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.testkit.internal.contract.SampleRecords;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/**
 * A contract test for {@link PartitionMapper}s. Extend it, return the mapper, and inherit the
 * tests.
 */
public abstract class PartitionMapperContract {
  private static final int SOURCE_PARTITIONS = 12;
  private static final int RECORDS = 500;

  /** The mapper under test; an equal one at each call. */
  protected abstract PartitionMapper mapper();

  /**
   * How many partitions the target topic has; the source topic has 12. Default 12; a mapper that
   * maps to fewer or more partitions should return another number.
   */
  protected int targetPartitions() {
    return SOURCE_PARTITIONS;
  }

  private List<Integer> mapAll(PartitionMapper mapper, List<ReplicationRecord> records) {
    List<Integer> targets = new ArrayList<>();
    for (int partition = 0; partition < SOURCE_PARTITIONS; partition++) {
      TopicPartition source = new TopicPartition("orders", partition);
      for (ReplicationRecord record : records) {
        targets.add(map(mapper, source, record));
      }
    }
    return targets;
  }

  private int map(PartitionMapper mapper, TopicPartition source, ReplicationRecord record) {
    if (mapper instanceof PartitionMapper.ByPartition byPartition) {
      return byPartition.targetPartition(source, targetPartitions());
    }
    return ((PartitionMapper.ByRecord) mapper).targetPartition(source, record, targetPartitions());
  }

  @Test
  void everyAnswer_isAPartitionOfTheTarget() {
    for (int target : mapAll(mapper(), SampleRecords.records(0, RECORDS))) {
      assertTrue(target >= 0 && target < targetPartitions(), "no such partition: " + target);
    }
  }

  @Test
  void theSameInput_givesTheSamePartition() {
    PartitionMapper mapper = mapper();
    List<Integer> once = mapAll(mapper, SampleRecords.records(0, RECORDS));
    assertEquals(once, mapAll(mapper, SampleRecords.records(0, RECORDS)));
    assertEquals(once, mapAll(mapper(), SampleRecords.records(0, RECORDS)), "after a restart");
  }

  @Test
  void theRecord_isLeftAsItIs() {
    List<ReplicationRecord> records = SampleRecords.records(0, RECORDS);
    mapAll(mapper(), records);
    assertEquals(
        SampleRecords.contents(SampleRecords.records(0, RECORDS)), SampleRecords.contents(records));
  }

  @Test
  void manyThreads_getTheSameAnswers() throws Exception {
    PartitionMapper mapper = mapper();
    List<Integer> expected = mapAll(mapper, SampleRecords.records(0, RECORDS));
    int threads = 8;
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      Callable<List<Integer>> task = () -> mapAll(mapper, SampleRecords.records(0, RECORDS));
      List<Future<List<Integer>>> answers = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        answers.add(executor.submit(task));
      }
      for (Future<List<Integer>> answer : answers) {
        assertEquals(expected, answer.get(30, TimeUnit.SECONDS));
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void theVersion_isStable() {
    assertFalse(mapper().version().isBlank());
    assertEquals(mapper().version(), mapper().version());
  }
}
