{{/* Name of everything: the release's, with the chart's where that says more. At most 50 characters, so that suffixes fit. */}}
{{- define "verdigris.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "verdigris.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "verdigris.name" .) }}
{{- end }}

{{- define "verdigris.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}{{ else }}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "verdigris.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "verdigris.labels" -}}
{{ include "verdigris.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{/* Pods of the restricted Pod Security Standard. */}}
{{- define "verdigris.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "verdigris.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* What the controller reads and writes in the namespaces it looks at: nothing that it does not use. */}}
{{- define "verdigris.rules" -}}
- apiGroups: [verdigris.dev]
  resources: [databasemigrations]
  verbs: [get, list, watch, patch]          # patch: our finalizer
- apiGroups: [verdigris.dev]
  resources: [databasemigrations/status]
  verbs: [patch]
- apiGroups: [verdigris.dev]
  resources: [databasemigrations/finalizers]
  verbs: [update]                           # owner references that block deletion
- apiGroups: [""]
  resources: [services]
  verbs: [get, create, patch]               # one Service per side; the selector of the client Service
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list]
- apiGroups: [""]
  resources: [pods]
  verbs: [list]
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [get]                              # size of green's volumes, leftovers of an earlier green
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]                              # by the names in specs; never listed
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, watch, create, patch]  # SQL of migrations; the plan
- apiGroups: [apps]
  resources: [statefulsets]
  verbs: [get, create]                      # green
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, patch, delete]   # movers
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}
