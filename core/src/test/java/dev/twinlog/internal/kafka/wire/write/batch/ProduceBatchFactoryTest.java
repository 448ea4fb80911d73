package dev.twinlog.internal.kafka.wire.write.batch;

import static dev.twinlog.internal.kafka.wire.write.WriterRig.bytes;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.records;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.batch.V2BatchDecoder;
import dev.twinlog.spi.RawHeader;
import dev.twinlog.spi.ReplicationRecord;
import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** Tests batches that are to be merged or recompressed, and can't be decoded or encoded. */
final class ProduceBatchFactoryTest {
  private static final List<ByteBuffer> ZSTD = batches(Codec.ZSTD, 0, 6);
  private static final List<ByteBuffer> LZ4 = batches(Codec.LZ4, 6, 9);

  @Test
  void aCodecWhoseLibraryCanNotBeUsed_isMergedNoMore_andItsBatchesPassAsTheyAre() throws Exception {
    List<List<Object>> opened =
        withoutZstd(List.of(ZSTD.subList(0, 3), ZSTD.subList(3, 6), LZ4), "");
    assertThat(opened.subList(0, 4))
        .isEqualTo(
            List.of(
                ZSTD.subList(0, 3),
                List.of(ZSTD.get(3)),
                List.of(ZSTD.get(4)),
                List.of(ZSTD.get(5))));
    assertThat(opened).hasSize(5);
    assertThat(merged(opened.get(4), 0)).isEqualTo(30);
  }

  @Test
  void aCodecWhoseLibraryCanNotBeUsed_stopsThePartition_whereThereIsNoWayAroundIt()
      throws Exception {
    assertThat(refusal(withoutZstd(List.of(ZSTD), "GZIP").get(0), 0))
        .startsWith("PartitionFailedException: the batch of s-0 with the offsets 0 to 9")
        .contains("ZSTD needs zstd-jni", "java.io.tmpdir")
        .doesNotContain("damaged");
    assertThat(refusal(withoutZstd(List.of(LZ4), "ZSTD").get(0), 0))
        .startsWith("PartitionFailedException: the batch of s-0 with the offsets 60 to 69")
        .contains("ZSTD needs zstd-jni");
  }

  @Test
  void aBatchThatCanNotBeMerged_passesAsItIs_andThoseBeforeItAreMerged() {
    List<ByteBuffer> plain = batches(Codec.NONE, 0, 4);
    ByteBuffer decodes = plain.get(2);
    seal(decodes.put(BatchHeader.SIZE, (byte) 2)); // the first record's length field is one byte
    List<Object> batches = new FactoryRounds().apply(List.of(plain), "").get(0);
    assertThat(merged(batches, 0)).isEqualTo(20);
    assertThat(batches.subList(1, 3)).isEqualTo(plain.subList(2, 4));
  }

  @Test
  void aBatchThatCanNotBeCompressedAnew_passesAsItIs_andTheOthersAreCompressed() {
    List<ByteBuffer> plain = batches(Codec.NONE, 0, 4);
    seal(plain.get(2).put(BatchHeader.SIZE, (byte) 2));
    List<Object> batches = new FactoryRounds().apply(List.of(plain), "GZIP").get(0);
    assertThat(merged(batches, 0)).isEqualTo(20);
    assertThat(batches.get(1)).isEqualTo(plain.get(2));
    assertThat(merged(batches, 2)).isEqualTo(10);
    assertThat(BatchHeader.codec((ByteBuffer) batches.get(2), 0)).isEqualTo(1);
    assertThat(batches).hasSize(3);
  }

  @Test
  void headersOfAnyBytes_areTheSameInABatchThatIsBuiltAnew() {
    List<ReplicationRecord> records = new ArrayList<>();
    for (ReplicationRecord record : records(0, 50)) {
      Header header = RawHeader.of(new byte[] {-1, -2, (byte) record.offset()}, null);
      records.add(record.replacingHeaders(new RecordHeaders().add(header).add(header)));
    }
    ByteBuffer stamped = bytes(records, Compression.of(Codec.LZ4));
    int attributes = stamped.getShort(BatchHeader.ATTRIBUTES) | BatchHeader.LOG_APPEND_TIME;
    seal(stamped.putShort(BatchHeader.ATTRIBUTES, (short) attributes));
    ByteBuffer built =
        (ByteBuffer) new FactoryRounds().apply(List.of(List.of(stamped)), "").get(0).get(0);
    List<ReplicationRecord> back = new V2BatchDecoder().decode(built);
    assertThat(back).hasSize(50);
    for (int i = 0; i < 50; i++) {
      assertThat(back.get(i).headers()).isEqualTo(records.get(i).headers());
    }
  }

  private static void seal(ByteBuffer batch) {
    CRC32C crc = new CRC32C();
    crc.update(batch.slice(BatchHeader.ATTRIBUTES, batch.remaining() - BatchHeader.ATTRIBUTES));
    batch.putInt(BatchHeader.CRC, (int) crc.getValue());
  }

  @Test
  void onlyABatchWhoseChecksumIsWrong_isCalledDamaged() {
    List<ByteBuffer> lz4 = batches(Codec.LZ4, 0, 1);
    lz4.get(0).put(lz4.get(0).limit() - 1, (byte) 77);
    assertThat(refusal(new FactoryRounds().apply(List.of(lz4), "ZSTD").get(0), 0))
        .contains("it is damaged: its CRC-32C does not match");
  }

  private static List<ByteBuffer> batches(Codec codec, int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(i -> bytes(records(10L * i, 10L * i + 10), Compression.of(codec)))
        .toList();
  }

  private static int merged(List<Object> batches, int index) {
    return BatchHeader.recordCount((ByteBuffer) batches.get(index), 0);
  }

  private static String refusal(List<Object> batches, int index) {
    return (String) batches.get(index);
  }

  /** As {@link FactoryRounds}, where the library of zstd is missing. */
  @SuppressWarnings("unchecked")
  private static List<List<Object>> withoutZstd(List<List<ByteBuffer>> rounds, String recompress)
      throws ReflectiveOperationException, IOException {
    List<URL> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      path.add(url(entry));
    }
    try (URLClassLoader loader = new Without("com.github.luben.zstd.", path)) {
      var constructor = loader.loadClass(FactoryRounds.class.getName()).getDeclaredConstructor();
      constructor.setAccessible(true);
      var factory =
          (BiFunction<List<List<ByteBuffer>>, String, List<List<Object>>>)
              constructor.newInstance();
      return factory.apply(rounds, recompress);
    }
  }

  private static URL url(String entry) throws MalformedURLException {
    return Path.of(entry).toUri().toURL();
  }

  /** Loads this library itself, everything else as usual, and one package never. */
  private static final class Without extends URLClassLoader {
    private final String missing;

    Without(String missing, List<URL> path) {
      super(path.toArray(URL[]::new), ProduceBatchFactoryTest.class.getClassLoader());
      this.missing = missing;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith(missing)) {
        throw new ClassNotFoundException(name);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        if (loaded != null) {
          return loaded;
        }
        return name.startsWith("dev.twinlog.") ? findClass(name) : super.loadClass(name, resolve);
      }
    }
  }
}
