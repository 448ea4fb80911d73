package dev.twinlog.testkit.internal.kafka;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Creates key stores and trust stores with self-signed certificates for 127.0.0.1, with the keytool
 * of the running JDK.
 */
public final class Keystores {
  /** The password of all stores and keys. */
  public static final String PASSWORD = "testkit-password";

  private static final long KEYTOOL_SECONDS = 60;

  private Keystores() {}

  /** Makes a PKCS12 key store with one self-signed certificate of that common name. */
  public static Path keyStore(Path directory, String commonName) {
    Path store = directory.resolve(commonName + ".p12");
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            commonName,
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1",
            "-dname",
            "CN=" + commonName,
            "-ext",
            "san=ip:127.0.0.1,dns:localhost",
            "-validity",
            "3650",
            "-storetype",
            "PKCS12",
            "-keystore",
            store.toString(),
            "-storepass",
            PASSWORD);
    try {
      Path log = directory.resolve(commonName + ".keytool.log");
      Process keytool =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (!keytool.waitFor(KEYTOOL_SECONDS, TimeUnit.SECONDS)) {
        keytool.destroyForcibly();
        throw new IllegalStateException(
            "keytool took more than " + KEYTOOL_SECONDS + " s: " + command);
      }
      if (keytool.exitValue() != 0) {
        throw new IllegalStateException(
            "keytool failed: " + Files.readString(log, StandardCharsets.UTF_8));
      }
      return store;
    } catch (IOException e) {
      throw new IllegalStateException("Running keytool", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while keytool ran", e);
    }
  }

  /** Makes a PKCS12 trust store of the certificates in those key stores. */
  public static Path trustStore(Path directory, String name, Collection<Path> keyStores) {
    Path file = directory.resolve(name + ".p12");
    try {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      for (Path keyStore : keyStores) {
        KeyStore loaded = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keyStore)) {
          loaded.load(in, PASSWORD.toCharArray());
        }
        String alias = loaded.aliases().nextElement();
        trusted.setCertificateEntry(alias, loaded.getCertificate(alias));
      }
      try (OutputStream out = Files.newOutputStream(file)) {
        trusted.store(out, PASSWORD.toCharArray());
      }
      return file;
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("Writing the trust store " + name, e);
    }
  }
}
