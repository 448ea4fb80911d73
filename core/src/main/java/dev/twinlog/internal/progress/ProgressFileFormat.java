package dev.twinlog.internal.progress;

import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.Progress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * Encodes and decodes the content of a {@link ProgressFile}. Version 1, numbers big-endian:
 *
 * <pre>
 * version 1 byte | owner 16 | number of entries 4 | entries: length 4, {@link ProgressCodec} | CRC-32C of all that 4
 * </pre>
 *
 * <p>Bytes between the last entry and the checksum belong to a newer version and are skipped, see
 * {@link StoredForm}.
 */
final class ProgressFileFormat {
  /** Version and owner: the bytes that {@link #owner} needs. */
  static final int HEAD_SIZE = 1 + 16;

  private static final byte VERSION = 1;
  private static final int CHECKSUM_SIZE = 4;

  private ProgressFileFormat() {}

  static byte[] encode(UUID owner, Collection<Progress> all) {
    List<byte[]> entries = all.stream().map(ProgressCodec::encode).toList();
    int size = HEAD_SIZE + 4 + CHECKSUM_SIZE;
    for (byte[] entry : entries) {
      size = Math.addExact(size, 4 + entry.length);
    }
    ByteBuffer out = ByteBuffer.allocate(size);
    out.put(VERSION);
    out.putLong(owner.getMostSignificantBits()).putLong(owner.getLeastSignificantBits());
    out.putInt(entries.size());
    for (byte[] entry : entries) {
      out.putInt(entry.length).put(entry);
    }
    out.putInt(checksum(out.array(), out.position()));
    return out.array();
  }

  /** Returns the owner; needs at least the head of the file. */
  static UUID owner(Path file, byte[] head) {
    checkVersion(file, head);
    if (head.length < HEAD_SIZE) {
      throw damaged(file, "it has only " + head.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(head, 1, HEAD_SIZE - 1);
    return new UUID(in.getLong(), in.getLong());
  }

  static List<Progress> decode(Path file, byte[] stored) {
    checkVersion(file, stored);
    int checked = stored.length - CHECKSUM_SIZE;
    if (checked < HEAD_SIZE + 4) {
      throw damaged(file, "it has only " + stored.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(stored);
    if (in.getInt(checked) != checksum(stored, checked)) {
      throw damaged(file, "its checksum does not match");
    }
    in.position(HEAD_SIZE).limit(checked);
    int count = in.getInt();
    List<Progress> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int length = in.remaining() < 4 ? -1 : in.getInt();
      if (length < 0 || length > in.remaining()) {
        throw damaged(file, "entry %d of %d is missing".formatted(i + 1, count));
      }
      byte[] entry = new byte[length];
      in.get(entry);
      all.add(decodeEntry(file, entry));
    }
    return all;
  }

  private static Progress decodeEntry(Path file, byte[] entry) {
    try {
      return ProgressCodec.decode(entry);
    } catch (LinkFailedException e) {
      throw new LinkFailedException("%s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static void checkVersion(Path file, byte[] stored) {
    if (stored.length == 0) {
      throw damaged(file, "it is empty");
    }
    StoredForm.checkVersion(file.toString(), stored, 0, VERSION);
  }

  private static LinkFailedException damaged(Path file, String how) {
    return new LinkFailedException(
        "%s is damaged: %s; restore it from a backup, or delete it to start without progress"
            .formatted(file, how));
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
