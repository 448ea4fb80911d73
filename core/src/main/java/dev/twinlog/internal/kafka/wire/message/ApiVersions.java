package dev.twinlog.internal.kafka.wire.message;

import java.util.EnumMap;
import java.util.Map;

/** The API versions that a broker supports (ApiVersions 3; KIP-35, KIP-511). */
public final class ApiVersions {
  private final Map<Api, Short> newest;

  private ApiVersions(Map<Api, Short> newest) {
    this.newest = newest;
  }

  /** Writes the request. */
  public static MessageWriter request() {
    return new MessageWriter().string("twinlog").string("1").noTags();
  }

  /** Reads the response, behind its header, which for this API is always of version 0. */
  public static ApiVersions read(MessageReader in) {
    short error = in.int16();
    Map<Api, Short> newest = new EnumMap<>(Api.class);
    if (error != 0) {
      // 35, UNSUPPORTED_VERSION: the broker is so old that it responds in another format
      return new ApiVersions(newest);
    }
    for (int left = in.array(); left > 0; left--) {
      short key = in.int16();
      short min = in.int16();
      short max = in.int16();
      in.skipTags();
      for (Api api : Api.values()) {
        short version = api.newest(min, max);
        if (api.key() == key && version >= 0) {
          newest.put(api, version);
        }
      }
    }
    return new ApiVersions(newest);
  }

  /** The version to use; −1 if the broker supports none that the batch path can write. */
  public short newest(Api api) {
    return newest.getOrDefault(api, (short) -1);
  }
}
