package dev.twinlog.testkit;

import dev.twinlog.FileProgressStore;
import dev.twinlog.spi.ConfigLedgerStore;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.testkit.contract.ChangeableSelectionContract;
import dev.twinlog.testkit.contract.ConfigLedgerStoreContract;
import dev.twinlog.testkit.contract.DeadLetterSinkContract;
import dev.twinlog.testkit.contract.LossySinkFixture;
import dev.twinlog.testkit.contract.OffsetMapStoreContract;
import dev.twinlog.testkit.contract.ReadableLogsContract;
import dev.twinlog.testkit.contract.RecoverableSinkLossContract;
import dev.twinlog.testkit.contract.SinkFaultContract;
import dev.twinlog.testkit.contract.SourceGapContract;
import dev.twinlog.testkit.contract.SourceGapFixture;
import dev.twinlog.testkit.contract.SourceRecreationContract;
import dev.twinlog.testkit.contract.SourceSilenceContract;
import dev.twinlog.testkit.contract.SourceSilenceFixture;
import dev.twinlog.testkit.contract.SourceTruncationContract;
import dev.twinlog.testkit.contract.SourceTruncationFixture;
import dev.twinlog.testkit.contract.StallingSinkFixture;
import dev.twinlog.testkit.memory.InMemoryProgress;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the contract tests on the in-memory source, sink and stores, and on the mappers and
 * translators that need no Kafka.
 */
final class InMemoryContractsTest {

  @Nested
  final class Source extends SourceContract {
    @Override
    protected SourceFixture openFixture() {
      return new InMemoryFixtures.Sources(false);
    }
  }

  @Nested
  final class SourceOfEncodedBatches extends SourceContract {
    @Override
    protected SourceFixture openFixture() {
      return new InMemoryFixtures.Sources(true);
    }
  }

  @Nested
  final class SourceGaps extends SourceGapContract {
    @Override
    protected SourceGapFixture openFixture() {
      return new InMemoryFixtures.Sources(false);
    }
  }

  @Nested
  final class SourceGapsInEncodedBatches extends SourceGapContract {
    @Override
    protected SourceGapFixture openFixture() {
      return new InMemoryFixtures.Sources(true);
    }
  }

  @Nested
  final class SourceSilence extends SourceSilenceContract {
    @Override
    protected SourceSilenceFixture openFixture() {
      return new InMemoryFixtures.SilentSources();
    }
  }

  @Nested
  final class SourceRecreation extends SourceRecreationContract {
    @Override
    protected SourceGapFixture openFixture() {
      return new InMemoryFixtures.Sources(false);
    }
  }

  @Nested
  final class Selection extends ChangeableSelectionContract {
    @Override
    protected SourceFixture openFixture() {
      return new InMemoryFixtures.Sources(false);
    }
  }

  @Nested
  final class Logs extends ReadableLogsContract {
    @Override
    protected SourceFixture openFixture() {
      return new InMemoryFixtures.Sources(false);
    }
  }

  @Nested
  final class DeadLetters extends DeadLetterSinkContract {
    @Override
    protected SinkFixture openFixture() {
      return new InMemoryFixtures.Sinks(InMemorySink::to);
    }
  }

  @Nested
  final class SourceTruncation extends SourceTruncationContract {
    @Override
    protected SourceTruncationFixture openFixture() {
      return new InMemoryFixtures.Sources(false);
    }
  }

  @Nested
  final class SourceTruncationInEncodedBatches extends SourceTruncationContract {
    @Override
    protected SourceTruncationFixture openFixture() {
      return new InMemoryFixtures.Sources(true);
    }
  }

  @Nested
  final class Sink extends SinkContract {
    @Override
    protected SinkFixture openFixture() {
      return new InMemoryFixtures.Sinks(InMemorySink::to);
    }
  }

  @Nested
  final class DrivenSink extends SinkContract {
    @Override
    protected SinkFixture openFixture() {
      return new InMemoryFixtures.Sinks(InMemorySink::drivenTo);
    }
  }

  @Nested
  final class SinkThatAcknowledgesLater extends SinkContract {
    @Override
    protected SinkFixture openFixture() {
      return new InMemoryFixtures.Sinks(
          cluster -> {
            InMemorySink sink = InMemorySink.to(cluster);
            sink.ackDelay(Duration.ofMillis(3));
            return sink;
          });
    }
  }

  @Nested
  final class SinkThatWaitsForAFlush extends SinkContract {
    @Override
    protected SinkFixture openFixture() {
      return new InMemoryFixtures.Sinks(
          cluster -> {
            InMemorySink sink = InMemorySink.to(cluster);
            sink.ackMode(InMemorySink.AckMode.ON_FLUSH);
            return sink;
          });
    }
  }

  @Nested
  final class SinkFaults extends SinkFaultContract {
    @Override
    protected StallingSinkFixture openFixture() {
      return new InMemoryFixtures.Sinks(InMemorySink::to);
    }
  }

  @Nested
  final class DrivenSinkFaults extends SinkFaultContract {
    @Override
    protected StallingSinkFixture openFixture() {
      return new InMemoryFixtures.Sinks(InMemorySink::drivenTo);
    }
  }

  @Nested
  final class Recovery extends RecoverableSinkContract {
    @Override
    protected SinkFixture openFixture() {
      return new InMemoryFixtures.Sinks(InMemorySink::to);
    }
  }

  @Nested
  final class Loss extends RecoverableSinkLossContract {
    @Override
    protected LossySinkFixture openFixture() {
      return new InMemoryFixtures.Sinks(InMemorySink::to);
    }
  }

  @Nested
  final class RecoveryWithoutSourceOffsets extends RecoverableSinkContract {
    @Override
    protected SinkFixture openFixture() {
      return new InMemoryFixtures.Sinks(cluster -> InMemorySink.to(cluster).keepsNoSourceOffsets());
    }
  }

  @Nested
  final class LossWithoutSourceOffsets extends RecoverableSinkLossContract {
    @Override
    protected LossySinkFixture openFixture() {
      return new InMemoryFixtures.Sinks(cluster -> InMemorySink.to(cluster).keepsNoSourceOffsets());
    }
  }

  @Nested
  final class InMemoryProgressContract extends OffsetMapStoreContract {
    private final InMemoryProgress progress = InMemoryProgress.create();

    @Override
    protected OffsetMapStore openStore() {
      return progress.openStore();
    }
  }

  @Nested
  final class InMemoryConfigLedger extends ConfigLedgerStoreContract {
    private final InMemoryProgress progress = InMemoryProgress.create();

    @Override
    protected ConfigLedgerStore openStore() {
      return progress.openStore();
    }
  }

  @Nested
  final class FileProgressContract extends ProgressStoreContract {
    @TempDir Path directory;

    @Override
    protected ProgressStore openStore() {
      return FileProgressStore.at(directory);
    }
  }

  @Nested
  final class ExactTranslator extends OffsetTranslatorContract {
    @Override
    protected OffsetTranslator translator() {
      return OffsetTranslator.exact();
    }
  }

  @Nested
  final class IdentityTranslator extends OffsetTranslatorContract {
    @Override
    protected OffsetTranslator translator() {
      return OffsetTranslator.identity();
    }
  }

  @Nested
  final class Identity extends PartitionMapperContract {
    @Override
    protected PartitionMapper mapper() {
      return PartitionMapper.identity();
    }
  }

  @Nested
  final class Modulo extends PartitionMapperContract {
    @Override
    protected PartitionMapper mapper() {
      return PartitionMapper.modulo();
    }

    @Override
    protected int targetPartitions() {
      return 5;
    }
  }

  @Nested
  final class KeyHash extends PartitionMapperContract {
    @Override
    protected PartitionMapper mapper() {
      return PartitionMapper.keyHash();
    }

    @Override
    protected int targetPartitions() {
      return 7;
    }
  }
}
