{{- define "smart-contacts.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride }}
{{- else if contains .Chart.Name .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "smart-contacts.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "smart-contacts.labels" -}}
{{ include "smart-contacts.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* The Pods that serve. */}}
{{- define "smart-contacts.serverSelectorLabels" -}}
{{ include "smart-contacts.selectorLabels" . }}
app.kubernetes.io/component: server
{{- end }}

{{/* Of a Pod. Arguments: list of the context and the component. */}}
{{- define "smart-contacts.podLabels" -}}
{{- $ := index . 0 -}}
{{ include "smart-contacts.selectorLabels" $ }}
app.kubernetes.io/component: {{ index . 1 }}
{{- with $.Values.podLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "smart-contacts.image" -}}
{{- with .Values.image }}
{{- if .digest }}
{{- printf "%s@%s" .repository .digest }}
{{- else }}
{{- printf "%s:%s" .repository (.tag | default $.Chart.AppVersion) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "smart-contacts.replicas" -}}
{{- if kindIs "invalid" .Values.replicas }}
{{- ternary 2 1 (eq .Values.mode "production") }}
{{- else }}
{{- int .Values.replicas }}
{{- end }}
{{- end }}

{{/* The Secrets: the operator's or the chart's. */}}
{{- define "smart-contacts.masterKeySecret" -}}
{{- .Values.masterKey.existingSecret | default (printf "%s-master-key" (include "smart-contacts.fullname" .)) }}
{{- end }}
{{- define "smart-contacts.adminTokenSecret" -}}
{{- .Values.adminToken.existingSecret | default (printf "%s-admin-token" (include "smart-contacts.fullname" .)) }}
{{- end }}
{{- define "smart-contacts.tokenSigningSecret" -}}
{{- .Values.tokenSigning.existingSecret | default (printf "%s-token-signing" (include "smart-contacts.fullname" .)) }}
{{- end }}
{{- define "smart-contacts.tlsSecret" -}}
{{- .Values.tls.existingSecret | default (printf "%s-tls" (include "smart-contacts.fullname" .)) }}
{{- end }}

{{/* What is in this Secret in the cluster, as JSON; empty if it is not there, and in `helm template`, which asks no cluster. */}}
{{- define "smart-contacts.keptData" -}}
{{- $ := index . 0 -}}
{{- with (lookup "v1" "Secret" $.Release.Namespace (index . 1)).data }}
{{- toJson . }}
{{- end }}
{{- end }}

{{/* The key with which `helm test` signs; empty if nobody named it. */}}
{{- define "smart-contacts.testSigningKeySecret" -}}
{{- if .Values.test.signingKeySecret }}
{{- .Values.test.signingKeySecret }}
{{- else if not .Values.tokenSigning.existingSecret }}
{{- include "smart-contacts.tokenSigningSecret" . }}
{{- end }}
{{- end }}

{{/* A Service's names, a JSON list. Arguments: list of the context and the Service. */}}
{{- define "smart-contacts.serviceNames" -}}
{{- $namespace := (index . 0).Release.Namespace -}}
{{- $name := index . 1 -}}
{{- list $name (printf "%s.%s" $name $namespace) (printf "%s.%s.svc" $name $namespace) (printf "%s.%s.svc.cluster.local" $name $namespace) | toJson }}
{{- end }}

{{/* All names that the certificate is for, a JSON list. localhost is for `kubectl port-forward`. */}}
{{- define "smart-contacts.dnsNames" -}}
{{- $app := include "smart-contacts.serviceNames" (list . (include "smart-contacts.fullname" .)) | fromJsonArray -}}
{{- $admin := include "smart-contacts.serviceNames" (list . (printf "%s-admin" (include "smart-contacts.fullname" .))) | fromJsonArray -}}
{{- concat $app $admin (list "localhost") .Values.ingress.hosts .Values.tls.certManager.extraDnsNames | uniq | toJson }}
{{- end }}

{{- define "smart-contacts.trustsCaCrt" -}}
{{- if or (not (or .Values.tls.existingSecret .Values.tls.certManager.enabled)) .Values.tls.trustCaCrt }}true{{ end }}
{{- end }}

{{- define "smart-contacts.appAddress" -}}
{{ include "smart-contacts.fullname" . }}.{{ .Release.Namespace }}.svc:{{ int .Values.service.port }}
{{- end }}
{{- define "smart-contacts.adminAddress" -}}
{{ include "smart-contacts.fullname" . }}-admin.{{ .Release.Namespace }}.svc:8444
{{- end }}

{{/* What every Pod has: no more rights than it needs, and none of them Kubernetes'. */}}
{{- define "smart-contacts.podSecurity" -}}
automountServiceAccountToken: false
# The variables that Kubernetes would add for each Service look like this program's own.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "smart-contacts.container" -}}
image: {{ include "smart-contacts.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{/* Memory, in MiB: the directories, as much again for sealed ones and for loading, and the rest of the process. */}}
{{- define "smart-contacts.memoryRequestMib" -}}
{{- add 256 (mul 2 (int .Values.server.directoryMemoryMib)) }}
{{- end }}

{{- define "smart-contacts.resources" -}}
{{- if .Values.resources }}
{{- toYaml .Values.resources }}
{{- else -}}
requests:
  cpu: 250m
  memory: {{ include "smart-contacts.memoryRequestMib" . }}Mi
limits:
  memory: {{ mul 2 (include "smart-contacts.memoryRequestMib" .) }}Mi
{{- end }}
{{- end }}

{{/* Flags of the same names as values; an empty one is left to the program. Large numbers come as floating point. */}}
{{- define "smart-contacts.options" -}}
{{- $flags := list }}
{{- range $option, $value := . }}
  {{- if ne (toString $value) "" }}
    {{- $flags = append $flags (printf "--%s=%v" (kebabcase $option) (ternary (int64 $value) $value (kindIs "float64" $value))) }}
  {{- end }}
{{- end }}
{{- toYaml $flags }}
{{- end }}

{{/* The two databases, out of a Secret. */}}
{{- define "smart-contacts.databaseEnv" -}}
- name: SMART_CONTACTS_DATABASE
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: database
- name: SMART_CONTACTS_KEY_DATABASE
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: key-database
- name: PGSERVICEFILE
  value: /etc/smart-contacts/postgresql/pg_service.conf
{{- end }}

{{/* How Jobs and the test reach administration. */}}
{{- define "smart-contacts.adminArgs" -}}
- --server={{ include "smart-contacts.adminAddress" . }}
- --admin-token-file=/etc/smart-contacts/admin-token/admin.token
{{- if include "smart-contacts.trustsCaCrt" . }}
- --ca-file=/etc/smart-contacts/ca/ca.crt
{{- end }}
{{- end }}

{{- define "smart-contacts.adminVolumeMounts" -}}
- name: admin-token
  mountPath: /etc/smart-contacts/admin-token
  readOnly: true
{{- if include "smart-contacts.trustsCaCrt" . }}
- name: ca
  mountPath: /etc/smart-contacts/ca
  readOnly: true
{{- end }}
{{- end }}

{{- define "smart-contacts.adminVolumes" -}}
- name: admin-token
  secret:
    secretName: {{ include "smart-contacts.adminTokenSecret" . }}
    defaultMode: 0440
    items: [{key: admin.token, path: admin.token}]
{{- if include "smart-contacts.trustsCaCrt" . }}
- name: ca
  secret:
    secretName: {{ include "smart-contacts.tlsSecret" . }}
    defaultMode: 0440
    items: [{key: ca.crt, path: ca.crt}]
{{- end }}
{{- end }}

{{/* At most 52 characters, different for each tenant. Arguments: list of the context, the task and the tenant. */}}
{{- define "smart-contacts.cronJobName" -}}
{{- $name := printf "%s-%s-%s" (include "smart-contacts.fullname" (index . 0)) (index . 1) (index . 2) }}
{{- if gt (len $name) 52 }}
{{- printf "%s-%s" ($name | trunc 43 | trimSuffix "-") ($name | sha256sum | trunc 8) }}
{{- else }}
{{- $name }}
{{- end }}
{{- end }}

{{- define "smart-contacts.dnsEgress" -}}
- ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
  to:
    {{- toYaml .Values.networkPolicy.dnsPeers | nindent 4 }}
{{- end }}

{{- define "smart-contacts.databaseEgress" -}}
{{ include "smart-contacts.dnsEgress" . }}
- ports:
    {{- range .Values.networkPolicy.postgresqlPorts }}
    - port: {{ . }}
    {{- end }}
  to:
    {{- toYaml .Values.networkPolicy.postgresqlPeers | nindent 4 }}
{{- end }}
